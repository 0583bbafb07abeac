"""The doors of discussions, of Xet and of git."""

from typing import Any

from models_registry import revisions
from models_registry.discussions import talking
from models_registry.models import Discussion
from tests.doors.world import World, deed, silent

silent("asks, and changes nothing", "POST models_registry.git_http.views.upload_pack")
silent("answers 403", "POST models_registry.git_http.views.receive_pack")
silent("says whether a xorb is here", "POST models_registry.xet.views.xorb_grant")
silent("what clients report is dropped", "POST models_registry.xet.views.telemetry")
silent(
    "bytes on their way: nobody sees them before the commit that links them, which is recorded",
    "POST models_registry.xet.views.xorb",
    "POST models_registry.xet.views.xorb_commit",
    "POST models_registry.xet.views.shard",
    "POST models_registry.xet.views.streamed_shard",
)
PAGES, HUB = "models_registry.pages.discussions", "models_registry.hub_api.discussions"
AT = "/api/models/maker/tiny/discussions"


def thread(world: World) -> Discussion:
    made = talking.open_discussion(world.repo, by=world.person(), title="Why?", text="Tell me.")
    world.begin()
    return made


def pull_request(world: World) -> Discussion:
    operation = revisions.AddFile("new.txt", b"new")
    done = revisions.commit(
        world.repo, author=world.person(), operations=[operation], summary="New", create_pr=True
    )
    world.begin()
    return Discussion.objects.get(number=done.pr_number)


def entry_of(made: Discussion) -> Any:
    return made.entries.order_by("pk")[0].uuid


@deed(f"POST {PAGES}.new", "registry:discussion:opened")
def start(world: World):
    assert world.repo
    return world.browser().post("/maker/tiny/discussions/new", {"title": "Why?", "text": ""})


@deed(f"POST {PAGES}.do", "registry:discussion:commented")
def answer(world: World):
    number = thread(world).number
    form = {"deed": "comment", "text": "Because."}
    return world.browser().post(f"/maker/tiny/discussions/{number}/do", form)


@deed(f"POST {PAGES}.entry", "registry:discussion:edited")
def edit(world: World):
    made = thread(world)
    where = f"/maker/tiny/discussions/{made.number}/comments/{entry_of(made)}"
    return world.browser().post(where, {"text": "Other words."})


@deed(f"POST {HUB}.create", "registry:discussion:opened")
def hub_create(world: World):
    assert world.repo
    return world.hub("POST", AT, {"title": "Why?"})


@deed(f"POST {HUB}.comment", "registry:discussion:commented")
def hub_comment(world: World):
    return world.hub("POST", f"{AT}/{thread(world).number}/comment", {"comment": "Because."})


@deed(f"POST {HUB}.title", "registry:discussion:renamed")
def hub_title(world: World):
    return world.hub("POST", f"{AT}/{thread(world).number}/title", {"title": "How?"})


@deed(f"POST {HUB}.status", "registry:discussion:closed")
def hub_status(world: World):
    return world.hub("POST", f"{AT}/{thread(world).number}/status", {"status": "closed"})


@deed(f"POST {HUB}.merge", "registry:discussion:merged")
def hub_merge(world: World):
    return world.hub("POST", f"{AT}/{pull_request(world).number}/merge", {})


@deed(f"POST {HUB}.edit", "registry:discussion:edited")
def hub_edit(world: World):
    made = thread(world)
    where = f"{AT}/{made.number}/comment/{entry_of(made)}/edit"
    return world.hub("POST", where, {"content": "Other words."})


@deed(f"POST {HUB}.hide", "registry:discussion:hid")
def hub_hide(world: World):
    made = thread(world)
    return world.hub("POST", f"{AT}/{made.number}/comment/{entry_of(made)}/hide", {})
