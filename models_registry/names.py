"""The grammar of repo names. Source: `huggingface_hub.utils.validate_repo_id`."""

import re

from django.utils.translation import gettext_lazy as _

from portal.errors import Invalid

_SEGMENT = re.compile(r"[A-Za-z0-9_.\-]{1,96}")


def is_segment(text: str) -> bool:
    """Whether `text` follows the Hub's grammar for one part of a repo's name."""
    return (
        _SEGMENT.fullmatch(text) is not None
        and "--" not in text
        and ".." not in text
        and not text.lower().endswith((".git", ".ipynb"))
        and text[0] not in "-."
        and text[-1] not in "-."
    )


def check_repo_name(name: str) -> str:
    """Return `name`, or raise `Invalid` with the rule it breaks."""
    if not is_segment(name):
        raise Invalid(
            _(
                "“%(name)s” cannot be the name of a repo. Use 1 to 96 of the letters A–Z, digits, "
                "“-”, “_” and “.”, without “--” or “..”, not starting or ending with “-” or “.”, "
                "and not ending with “.git”."
            )
            % {"name": name[:100]},
            code="InvalidName",
        )
    return name


def split(full_name: str) -> tuple[str, str]:
    """Return (namespace, name) of `ns/name`; raises `Invalid` for anything else."""
    namespace, slash, name = full_name.partition("/")
    if not slash or not is_segment(namespace) or not is_segment(name):
        raise Invalid(
            _("A repo is named “namespace/name”, not “%(name)s”.") % {"name": full_name[:200]},
            code="InvalidName",
        )
    return namespace, name
