"""Uploads by LFS and by Xet and their commit, in a process of its own: `crashing.py REPO_ID TEXT`.

It prints the commit.
"""

import os
import sys
from io import BytesIO


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.site.settings")
    import django

    django.setup()
    from models_registry import revisions
    from models_registry.models import Repo
    from models_registry.storage import store
    from models_registry.storage.ownership import own
    from tests.support.xet import send

    repo = Repo.objects.select_related("namespace", "created_by").get(pk=int(sys.argv[1]))
    text = sys.argv[2].encode()
    stored = store.receive(BytesIO(b"weights " + text))
    own(repo, stored, by=repo.created_by, charged=repo.namespace)
    by_xet = send(repo, repo.created_by, b"more weights " + text * 30_000)
    done = revisions.commit(
        repo,
        author=repo.created_by,
        operations=[
            revisions.AddLfs(f"w-{sys.argv[2]}.bin", stored.sha256),
            by_xet(f"x-{sys.argv[2]}.bin"),
            revisions.AddFile(f"f-{sys.argv[2]}.txt", text),
            revisions.AddFile(f"big-{sys.argv[2]}.txt", text * 100_000),
        ],
        summary=f"add {sys.argv[2]}",
    )
    print(done.oid, flush=True)


if __name__ == "__main__":
    main()
