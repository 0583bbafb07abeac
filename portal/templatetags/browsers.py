"""What a User-Agent header says, in words for the person whose browser sent it."""

import re

from django import template
from django.utils.translation import gettext as _

register = template.Library()

# the first that is found names it: browsers also claim to be those that came before them
BROWSERS = (
    (r"Edg(?:A|iOS)?/(\d+)", "Edge"),
    (r"OPR/(\d+)", "Opera"),
    (r"(?:Firefox|FxiOS)/(\d+)", "Firefox"),
    (r"MicroMessenger/(\d+)", "WeChat"),
    (r"(?:HeadlessChrome|Chromium|Chrome|CriOS)/(\d+)", "Chrome"),
    (r"Version/(\d+)\S* .*Safari/", "Safari"),
)
SYSTEMS = (
    (r"iPhone|iPad", "iOS"),
    (r"Android", "Android"),
    (r"HarmonyOS", "HarmonyOS"),
    (r"Windows", "Windows"),
    (r"Mac OS X", "macOS"),
    (r"CrOS", "ChromeOS"),
    (r"Linux|X11", "Linux"),
)


@register.filter
def browser(agent: str) -> str:
    """Return "Firefox 140 on Linux", or the beginning of a header that names nothing known."""
    program = next(
        (f"{name} {found[1]}" for mark, name in BROWSERS if (found := re.search(mark, agent))), ""
    )
    system = next((name for mark, name in SYSTEMS if re.search(mark, agent)), "")
    if program and system:
        return _("%(browser)s on %(system)s") % {"browser": program, "system": system}
    return program or system or agent[:60] or _("an unknown program")
