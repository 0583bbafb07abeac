"""Addresses of the registry's pages. Models stand at the root, so these come last of all."""

from django.urls import URLPattern, path

from models_registry.models.repos import Kind
from models_registry.pages import asking, card, commits, files, lists, new, settings, upload
from models_registry.pages.loading import following_moves

_PAGES = (
    ("", card.page, ""),
    ("/tree/<path:rest>", files.tree, "tree"),
    ("/blob/<path:rest>", files.blob, "blob"),
    ("/download/<path:rest>", files.download, "download"),
    ("/commits", commits.history, "commits"),
    ("/commits/<path:rest>", commits.history, "commits_of"),
    ("/commit/<str:oid>", commits.commit, "commit"),
    ("/upload", upload.upload, "upload"),
    ("/access", asking.ask, "ask_access"),
    ("/access/<uuid:uuid>", settings.decide_request, "decide_access"),
    ("/settings", settings.settings, "settings"),
    ("/move", settings.move, "move"),
    ("/delete", settings.delete, "delete"),
)


def _pages(prefix: str, kind: str) -> list[URLPattern]:
    return [
        path(
            f"{prefix}<str:ns>/<str:name>{tail}",
            following_moves(view),
            {"kind": kind},
            name=f"{kind}_{name}" if name else kind,
        )
        for tail, view, name in _PAGES
    ]


urlpatterns = [
    path("models", lists.models, name="models"),
    path("datasets", lists.datasets, name="datasets"),
    path("new", new.new, name="new_repo"),
    *_pages("datasets/", Kind.DATASET.value),
    *_pages("", Kind.MODEL.value),
]
