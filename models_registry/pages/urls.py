"""Addresses of the registry's pages. Models stand at the root, so these come last of all."""

from django.urls import URLPattern, path

from models_registry.models.repos import Kind
from models_registry.pages import (
    access,
    activity,
    asking,
    card,
    commits,
    discussions,
    duplicating,
    editing,
    files,
    liking,
    lineage,
    lists,
    new,
    settings,
    sums,
    upload,
    watching,
)
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
    ("/edit/<path:path>", editing.edit, "edit"),
    ("/remove/<path:path>", editing.remove, "remove"),
    ("/sha256sums/<path:rest>", sums.sha256sums, "sha256sums"),
    ("/discussions", discussions.listing, "discussions"),
    ("/discussions/new", discussions.new, "new_discussion"),
    ("/discussions/<int:number>", discussions.thread, "discussion"),
    ("/discussions/<int:number>/changes", discussions.proposed, "discussion_changes"),
    ("/discussions/<int:number>/do", discussions.do, "discussion_do"),
    ("/discussions/<int:number>/comments/<uuid:entry>", discussions.entry, "discussion_comment"),
    ("/lineage", lineage.page, "lineage"),
    ("/activity", activity.page, "activity"),
    ("/activity.atom", activity.feed, "feed"),
    ("/watch", watching.watch, "watch"),
    ("/like", liking.like, "like"),
    ("/duplicate", duplicating.duplicate, "duplicate"),
    ("/requests", access.requests_page, "requests"),
    ("/ask-access", asking.ask, "ask_access"),
    ("/access/<uuid:uuid>", access.decide_request, "decide_access"),
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
    path("settings/access", access.mine, name="settings_access"),
    path("settings/access/<uuid:uuid>/withdraw", access.withdraw, name="withdraw_access"),
    path("settings/watching", watching.mine, name="settings_watching"),
    *_pages("datasets/", Kind.DATASET.value),
    *_pages("", Kind.MODEL.value),
]
