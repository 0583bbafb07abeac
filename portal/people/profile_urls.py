"""`/<handle>`: matches almost every first segment, so it is the very last include of the site."""

from django.urls import path, register_converter

from portal.people import views
from portal.people.handles import is_address, is_handle


class Handle:
    """A handle that somebody could have: no word of another address (`/admin` is `/admin/`)."""

    regex = r"[A-Za-z0-9][A-Za-z0-9_.\-]*"

    def to_python(self, value: str) -> str:
        if not is_handle(value) or is_address(value):
            raise ValueError
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(Handle, "handle")
urlpatterns = [path("<handle:handle>", views.profile, name="profile")]
