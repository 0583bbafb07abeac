"""Who is in the demo, and what they say about themselves."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portal.organisations.models import Organisation
    from portal.people.models import Person


@dataclass(frozen=True)
class Part:
    """One person of the demo before they have an account."""

    handle: str
    display_name: str
    bio: str
    language: str = ""
    time_zone: str = ""
    is_staff: bool = False
    is_superuser: bool = False
    two_factor: bool = False


@dataclass(frozen=True)
class Group:
    """One organisation of the demo; `members` maps a role in it to names of the cast."""

    handle: str
    display_name: str
    about: str
    members: dict[str, tuple[str, ...]]


PARTS = {
    "admin": Part(
        "steward",
        "Ada Lindqvist",
        "Runs this portal. 本站管理员。",
        time_zone="Europe/Stockholm",
        is_staff=True,
        is_superuser=True,
        two_factor=True,
    ),
    "moderator": Part(
        "moderator",
        "Zhou Ming 周明",
        "Keeps the norms with two others. Write to me before you are angry. 社区规范维护者。",
        time_zone="Asia/Shanghai",
        is_staff=True,
        two_factor=True,
    ),
    "maker": Part(
        "maker",
        "Mara Okafor",
        "Fine-tunes small encoders for text that people really write: reviews, chats, forums.",
        time_zone="Africa/Lagos",
    ),
    "voter": Part(
        "voter",
        "Tomás Rey",
        "Librarian. Reads licences so that others need not, and votes on all of it.",
        time_zone="Europe/Madrid",
    ),
    "reader_zh": Part(
        "reader_zh",
        "林小雨",
        "研究中文评论的情感分析，整理公开数据集。",
        language="zh-hans",
        time_zone="Asia/Shanghai",
    ),
    "outsider": Part(
        "outsider",
        "Sam Doe",
        "New here.",
        time_zone="America/Toronto",
    ),
}

GROUPS = {
    "licensor": Group(
        "openweights-lab",
        "Open Weights Lab 开放权重实验室",
        "Publishes base models under a licence that asks for registration before commercial use. "
        "发布基础模型；商业使用前需登记。",
        {"owner": ("admin",), "maintainer": ("moderator",)},
    ),
    "circle": Group(
        "reading-circle",
        "Reading Circle 读书会",
        "People who evaluate each other's fine-tunes. 互相评测微调模型的小组。",
        {"owner": ("maker",), "maintainer": ("voter",), "member": ("reader_zh",)},
    ),
}


@dataclass(frozen=True)
class Cast:
    """The people and organisations of the demo, as rows. `licensor` owns the gated base model."""

    admin: "Person"
    moderator: "Person"
    maker: "Person"
    voter: "Person"
    reader_zh: "Person"
    outsider: "Person"
    licensor: "Organisation"
    circle: "Organisation"

    def people(self) -> "Iterator[tuple[str, Person]]":
        """Yield (name in the cast, person)."""
        for name in PARTS:
            yield name, getattr(self, name)
