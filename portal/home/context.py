"""What every page knows about the site, and where the main addresses are."""

from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

Menu = tuple[tuple[str, dict[str, str], object, str], ...]
THEMES = ("light", "dark")

# (name of the address, its arguments, label, icon); an address that no app serves is left out
MAIN: Menu = (
    ("models", {}, _("Models"), "box"),
    ("datasets", {}, _("Datasets"), "database"),
    ("leaderboards", {}, _("Leaderboards"), "trophy"),
    ("norms", {}, _("Norms"), "scroll-text"),
    ("log", {}, pgettext_lazy("the public event log", "Log"), "history"),
)
ACCOUNT: Menu = (
    ("new_repo", {}, _("New repo"), "plus"),
    ("submissions", {}, _("Your submissions"), "gauge"),
    ("settings_profile", {}, _("Settings"), "settings"),
    ("settings_tokens", {}, _("Access tokens"), "key"),
    ("settings_agreements", {}, _("Agreements"), "scale"),
    ("notices", {}, _("Notices"), "bell"),
)
SETTINGS: Menu = (
    ("settings_profile", {}, _("Profile"), "user"),
    ("account_email", {}, _("E-mail addresses"), "mail"),
    ("account_change_password", {}, _("Password"), "lock-keyhole"),
    ("mfa_index", {}, _("Two-factor sign-in"), "shield-check"),
    ("usersessions_list", {}, _("Sessions"), "monitor-smartphone"),
    ("settings_tokens", {}, _("Access tokens"), "key"),
    ("settings_organisations", {}, _("Organisations"), "users"),
    ("settings_agreements", {}, _("Agreements"), "scale"),
    ("settings_access", {}, _("Access to files"), "key-round"),
    ("settings_watching", {}, _("Watched repos"), "eye"),
    ("settings_notices", {}, _("Notices"), "bell"),
    ("settings_privacy", {}, _("Your data"), "archive"),
)
FOOTER: Menu = (
    ("terms", {}, _("Terms"), ""),
    ("norms", {}, _("Norms"), ""),
    ("licences", {}, _("Licences"), ""),
    ("log", {}, _("Public log"), ""),
    ("api_docs", {}, _("API"), ""),
    ("help", {}, _("Help"), ""),
)


class Link(NamedTuple):
    label: object
    url: str
    icon: str
    current: bool


def site(request: HttpRequest) -> dict[str, object]:
    """Return what base.html and its parts need."""
    theme = request.COOKIES.get("theme", "")
    language = get_language() or settings.LANGUAGE_CODE
    return {
        "SITE_NAME": settings.SITE_NAME,
        "SITE_TAGLINE": settings.SITE_TAGLINE,
        "PUBLIC_URL": settings.PUBLIC_URL,
        "CONTENT_URL": settings.CONTENT_URL,
        "LANGUAGE_CODE": language,
        "HTML_LANGUAGE": "zh-Hans" if language.startswith("zh") else language,
        "SITE_LANGUAGES": settings.LANGUAGES,
        "THEME": theme if theme in THEMES else "",
        "NAVIGATION": SimpleLazyObject(lambda: links(MAIN, request.path)),
        "ACCOUNT_LINKS": SimpleLazyObject(lambda: links(ACCOUNT, request.path)),
        "SETTINGS_LINKS": SimpleLazyObject(lambda: links(SETTINGS, request.path)),
        "FOOTER_LINKS": SimpleLazyObject(lambda: links(FOOTER, request.path)),
    }


def links(entries: tuple, path: str) -> list[Link]:
    """Return the links of a menu whose addresses exist."""
    found = []
    for name, arguments, label, icon in entries:
        try:
            url = reverse(name, kwargs=arguments)
        except NoReverseMatch:
            continue
        found.append(Link(label, url, icon, path == url or path.startswith(url.rstrip("/") + "/")))
    return found
