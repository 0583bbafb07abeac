from django.apps import AppConfig


class SiteConfig(AppConfig):
    """The composition root as an app: it has checks and a command, no models."""

    name = "portal.site"
    label = "commonhold_site"

    def ready(self) -> None:
        from portal.site import checks  # noqa: F401
