"""The hashes of a revision's files, as `sha256sum --check` reads them."""

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from models_registry import revisions
from models_registry.pages.loading import load, place

AT_MOST = 20_000


@require_safe
def sha256sums(request: HttpRequest, kind: str, ns: str, name: str, rest: str) -> HttpResponse:
    """Answer with `hash  path` of every file. Names and hashes are known without the gate."""
    repo = load(request, kind, ns, name)
    _where, revision = place(request, repo, rest)
    lines = [f"{entry.sha256}  {entry.path}\n" for entry in _files(revision)]
    answer = HttpResponse("".join(lines), content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="SHA256SUMS"'
    answer["Cache-Control"] = "private, no-cache"
    answer["ETag"] = f'"{revision.oid}"'
    return answer


def _files(revision: revisions.Revision) -> Iterator[revisions.Entry]:
    """Yield the files of all folders; names with a line break cannot stand in such a list."""
    after, seen = None, 0
    while seen < AT_MOST:
        page = revisions.listing(revision, "", recursive=True, after=after, limit=1000)
        yield from (entry for entry in page if entry.is_file and "\n" not in entry.path)
        if len(page) < 1000:
            return
        after, seen = page[-1].cursor, seen + len(page)
