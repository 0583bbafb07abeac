"""The tabs that all list pages of governance share."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from governance.norms import founding
from governance.norms.models import NormsVersion


def tabs(chosen: str, shown: NormsVersion | None = None, *, in_force: Any = None) -> dict[str, Any]:
    """Return the tabs, and whether founding mode lasts, which every page says.

    `in_force` is `norms.current()`, where the page has it: it knows of the founding.
    """
    entries = [
        ("text", _("Text"), shown.get_absolute_url() if shown else reverse("norms"), "scroll-text"),
        ("proposals", _("Proposals"), reverse("proposals"), "file-pen"),
        ("polls", _("Polls"), reverse("polls"), "vote"),
        ("elections", _("Offices"), reverse("elections"), "users"),
        ("feedback", _("Feedback"), reverse("feedback"), "messages-square"),
        ("settings", _("Settings"), reverse("norms_settings"), "sliders-horizontal"),
        ("history", _("History"), reverse("norms_history"), "history"),
        ("founding", _("Founding"), reverse("norms_founding"), "landmark"),
    ]
    found = [
        {"label": label, "url": url, "icon": icon, "current": name == chosen}
        for name, label, url, icon in entries
    ]
    return {"tabs": found, "founding_lasts": founding.is_founding(in_force)}
