"""What people can be told about; each kind is declared once, by the app it comes from."""

from dataclasses import dataclass

REGISTRY: dict[str, "Kind"] = {}


@dataclass(frozen=True)
class Kind:
    """`mandatory`: what concerns the safety of an account or a decision about it is always told."""

    name: str
    title: object
    default_mail: bool = False
    mandatory: bool = False


def declare(
    name: str, title: object, *, default_mail: bool = False, mandatory: bool = False
) -> Kind:
    """Register a kind of notice. `title` says on the settings page what it is about."""
    return REGISTRY.setdefault(name, Kind(name, title, default_mail or mandatory, mandatory))
