"""The hashes of a revision's files, as `sha256sum --check` reads them."""

from collections.abc import Iterator

from django.http import HttpRequest, StreamingHttpResponse
from django.views.decorators.http import require_safe

from models_registry import revisions
from models_registry.pages.loading import load, place

PAGE = 1000


@require_safe
def sha256sums(
    request: HttpRequest, kind: str, ns: str, name: str, rest: str
) -> StreamingHttpResponse:
    """Answer with `hash  path` of every file. Names and hashes are known without the gate."""
    repo = load(request, kind, ns, name)
    _where, revision = place(request, repo, rest)
    lines = (f"{entry.sha256}  {entry.path}\n" for entry in _files(revision))
    answer = StreamingHttpResponse(lines, content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="SHA256SUMS"'
    answer["Cache-Control"] = "private, no-cache"
    answer["ETag"] = f'"{revision.oid}"'
    return answer


def _files(revision: revisions.Revision) -> Iterator[revisions.Entry]:
    """Yield the files of all folders, however many; no path holds a line break or a backslash."""
    after = None
    while True:
        page = revisions.listing(revision, "", recursive=True, after=after, limit=PAGE)
        yield from (entry for entry in page if entry.is_file)
        if len(page) < PAGE:
            return
        after = page[-1].cursor
