"""What nginx does for us where it stands in front: it sends files, and writes bodies to disk.

It says that it is there with a key that it adds to each request, and takes from clients the
headers that it sets itself (`deploy/nginx.conf`). Without the key nothing here is believed.
"""

from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare

from models_registry.storage import store

STORED = "/_stored/"  # the internal location that stands for the content folder


def is_before_us(request: HttpRequest) -> bool:
    key = request.META.get("HTTP_X_NGINX_KEY", "")
    return bool(settings.NGINX_KEY) and constant_time_compare(key, settings.NGINX_KEY)


def sends(path: Path) -> HttpResponse:
    """Return an answer whose body nginx puts in: the file, or the one range that was asked for."""
    place = path.relative_to(store.root)
    return HttpResponse(headers={"X-Accel-Redirect": f"{STORED}{place}"})


def body_of(request: HttpRequest) -> Path | None:
    """Return the file that nginx has written the body to; None where it has not."""
    told = request.META.get("HTTP_X_BODY_FILE", "")
    if not told or not is_before_us(request):
        return None
    path = Path(told)
    spool = store.incoming / "nginx"
    return path if path.parent == spool and path.is_file() else None
