"""Addresses of the CAS. Exact, without a slash at the end: a redirect would lose the body."""

from django.urls import path, re_path

from models_registry.hub_api.answers import by_method
from models_registry.xet import views

PREFIX = "(?:default|default-merkledb)"

urlpatterns = [
    re_path(rf"^xet/v1/chunks/{PREFIX}/(?P<name>[^/]+)$", by_method(GET=views.chunk)),
    path("xet/v1/xorb-grants/default/<str:name>", by_method(POST=views.xorb_grant)),
    path(
        "xet/v1/xorb-commits/default/<str:name>/grant/<str:offered>",
        by_method(POST=views.xorb_commit),
    ),
    path("xet/v1/xorbs/default/<str:name>", by_method(POST=views.xorb)),
    path("xet/v1/shards", by_method(POST=views.shard)),
    path("xet/v2/shards", by_method(POST=views.streamed_shard)),
    re_path(
        r"^xet/v(?P<version>[12])/reconstructions/(?P<name>[^/]+)$",
        by_method(GET=views.reconstruction),
    ),
    path("xet/fetch/<str:signed>", by_method(GET=views.fetch)),
    path("v1/telemetry", by_method(POST=views.telemetry)),
]
