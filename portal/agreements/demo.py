"""The demo's people have accepted the site's terms and norms, each in their own language."""

from typing import TYPE_CHECKING

from portal.agreements.library import load_site_documents
from portal.agreements.room import accept

if TYPE_CHECKING:
    from portal.demo.cast import Cast


def seed(cast: "Cast") -> None:
    """Publish the site's documents and let the cast accept them. Safe to run again."""
    for version in load_site_documents():
        if not version.is_current:  # the demo's community has changed it since
            continue
        for _name, person in cast.people():
            text = version.text_in((person.language or "en")[:2])
            accept(
                person,
                version,
                language=text.language,
                text_sha256=text.sha256,
                act="made with the demo",
                auth_method="demo",
            )
