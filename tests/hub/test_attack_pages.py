"""What members write, on the pages that show it: inert, bounded in time. Rows 10, 26, 28 and 30.

The markup alone is attacked in `tests/portal/markup`; here the whole page is read as a browser
would take it apart, with the hostile text in every place of a repo that a page shows.
"""

import re
import time
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings

from models_registry import revisions
from models_registry.cards import validate
from tests.factories import PersonFactory, make_repo
from tests.models_registry.conftest import store
from tests.portal.markup.test_markup import SCRIPTS, SLOW
from tests.support.wsgi import hub_request

__all__ = ["store"]
pytestmark = pytest.mark.django_db
SUM, MADE = "7*19101910191019", "133713371337133"  # too long to stand in some id by chance
PWN = f"\"'><script>pwn()</script><img src=x onerror=pwn()>{{{{{SUM}}}}}{{% now 'Y' %}}${{{SUM}}}"
LINK = "javascript:pwn()"


class Browser(HTMLParser):
    """Notes whatever on a page could run, load from elsewhere, or lead into a script."""

    ADDRESSES = frozenset({"href", "src", "action", "formaction", "data", "xlink:href", "poster"})

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.in_script = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        self.in_script = tag == "script"
        if tag in {"iframe", "object", "embed", "base", "style", "applet", "frame", "math"}:
            self.found.append(tag)
        if tag == "meta" and "http-equiv" in named:
            self.found.append("meta refresh")
        if tag == "script" and not named.get("src", "").startswith("/static/"):
            self.found.append(f"script {named}")
        for name, value in named.items():
            if name.startswith("on") or name == "style" or name == "srcdoc":
                self.found.append(f"{tag} {name}={value}")
            if name in self.ADDRESSES:
                self.check_address(tag, name, value)

    def check_address(self, tag: str, name: str, value: str) -> None:
        plain = re.sub(r"[\s\x00-\x20]", "", value).lower()
        if plain.startswith(("javascript:", "vbscript:", "data:")):
            self.found.append(f"{tag} {name}={value}")
        ours = plain.startswith(("/", "#", "?", settings.PUBLIC_URL, settings.CONTENT_URL))
        elsewhere = plain.startswith(("//", "/\\")) or not ours
        if name in ("src", "action", "formaction", "data", "poster") and plain and elsewhere:
            self.found.append(f"{tag} {name}={value}")

    def handle_data(self, data: str) -> None:
        if self.in_script and data.strip():
            self.found.append(f"inline script {data[:40]}")

    def handle_endtag(self, tag: str) -> None:
        self.in_script = False


def assert_inert(answer) -> str:
    """Fail unless the page runs nothing but our own scripts; return its text."""
    page = answer.content.decode()
    assert Browser(page).found == []
    assert MADE not in page
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert "script-src 'self'" in policy and "base-uri 'none'" in policy
    assert answer["X-Content-Type-Options"] == "nosniff"
    return page


def commit(repo, maker, summary: str = "m", /, **files: str):
    operations = [revisions.AddFile(name, text.encode()) for name, text in files.items()]
    done = revisions.commit(repo, author=maker, operations=operations, summary=summary)
    repo.refresh_from_db()
    return done


@pytest.fixture
def repo(maker):
    return make_repo(maker, "canvas")


# --- row 26 ---------------------------------------------------------------------------------------
@pytest.mark.attack(26)
def test_the_reader_of_these_tests_finds_what_would_run() -> None:
    """The checker itself: each kind of danger is one that it names."""
    for danger in ("<script>x</script>", "<p onclick=x>", "<a href=' java\tscript:x'>", "<base>",
                   "<img src=//evil.example/x>", "<form action=//evil.example>",
                   "<script src=/static/x>x()</script>", "<p style=x>"):  # fmt: skip
        assert Browser(danger).found, danger
    assert Browser("<script src='/static/a/x.js'></script><a href='https://b.example'>").found == []


@pytest.mark.attack(26)
def test_cards_on_their_page(client, repo, maker) -> None:
    """Each payload stands alone in a file of its own: one that is left open hides no other."""
    assert len(SCRIPTS) >= 46
    commit(repo, maker, **{f"{n}.md": text for n, text in enumerate(SCRIPTS)})
    for number in range(len(SCRIPTS)):
        assert_inert(client.get(f"/maker/canvas/blob/main/{number}.md"))
    for text in SCRIPTS[::9]:
        commit(repo, maker, **{"README.md": f"---\nlicense: mit\n---\n{text}\n"})
        assert_inert(client.get("/maker/canvas"))


FIELDS = [
    "license", "license_name", "license_link", "language", "library_name", "pipeline_tag", "tags",
    "datasets", "base_model", "base_model_relation", "thumbnail", "metrics", "pretty_name",
    "new_version", "inference", "widget", "co2_eq_emissions", "extra_gated_prompt",
    "extra_gated_heading", "extra_gated_button_content", "extra_gated_fields", "model-index",
]  # fmt: skip


def pages_of_a_repo(oid: str) -> list[str]:
    return [
        "/maker/canvas", "/maker/canvas/tree/main", "/maker/canvas/blob/main/README.md",
        "/maker/canvas/commits", f"/maker/canvas/commit/{oid}", "/models", "/models?q=canvas",
        "/search?q=canvas", "/maker",
    ]  # fmt: skip


@pytest.mark.attack(26)
@pytest.mark.parametrize("shape", ["text", "list", "map"])
def test_fields_of_a_card(client, sign_in, voter, repo, maker, shape: str) -> None:
    """All fields at once, as a text, in a list, and as key and value of a mapping."""
    assert len(FIELDS) >= 20
    value = {
        "text": f"|-\n  {PWN}\n",
        "list": f"\n  - {LINK}\n  - |-\n    {PWN}\n",
        "map": f"\n  name: {LINK}\n  value: |-\n    {PWN}\n",
    }[shape]
    card = "".join(f"{field}: {value}" for field in FIELDS)
    from models_registry import repos

    done = commit(repo, maker, **{"README.md": f"---\n{card}---\n# Canvas\n"})
    assert repo.card, "the front matter was read"
    repos.settle(repo, {"gated": "manual"}, by=maker)
    for path in pages_of_a_repo(done.oid):
        for browser in (client, sign_in(voter)):
            answer = browser.get(path)
            assert answer.status_code == 200, path
            assert "<script>pwn" not in assert_inert(answer)


@pytest.mark.attack(26)
def test_results_that_a_card_claims(client, repo, maker) -> None:
    claimed = (
        "model-index:\n- name: '{x}'\n  results:\n  - task: {{type: '{x}', name: '{x}'}}\n"
        "    dataset: {{type: '{x}', name: '{x}'}}\n"
        "    metrics:\n    - {{type: '{x}', value: '{x}', verified: true}}\n"
        "    source: {{name: '{x}', url: 'javascript:pwn()'}}\n"
    ).format(x="<script>pwn()</script>")
    done = commit(repo, maker, **{"README.md": f"---\n{claimed}---\n"})
    assert repo.card["model-index"]
    for path in pages_of_a_repo(done.oid):
        assert_inert(client.get(path))


HOSTILE_NAMES = [
    "<img src=x onerror=pwn()>.md", "\"onmouseover=\"pwn()\".txt", "'><script>pwn()<script>.txt",
    f"{{{{{SUM}}}}}.txt", "javascript:pwn().md", "a&lt;script&gt;.txt", "\u202egnp.exe.txt",
]  # fmt: skip


@pytest.mark.attack(26, 28)
def test_names_of_files_and_words_of_commits(client, repo, maker) -> None:
    from urllib.parse import quote

    texts = dict.fromkeys(HOSTILE_NAMES, PWN)
    done = commit(repo, maker, PWN + "\n\n" + LINK + PWN, **texts)
    for path in pages_of_a_repo(done.oid)[1:]:
        if "README" not in path:
            assert_inert(client.get(path))
    for name in HOSTILE_NAMES:
        assert_inert(client.get(f"/maker/canvas/blob/main/{quote(name)}"))


@pytest.mark.attack(26)
def test_what_a_visitor_searches_for(client, repo) -> None:
    for path in ("/models", "/datasets", "/search", "/log", "/leaderboards"):
        for name in ("q", "subject", "sort", "licence", "library", "task", "kind", "page"):
            assert_inert(client.get(path, {name: PWN}))
    assert_inert(client.get("/" + PWN.replace("/", "")))


# --- row 28 ---------------------------------------------------------------------------------------
@pytest.mark.attack(28)
def test_no_name_or_message_is_evaluated(client, sign_in, voter, maker, repo) -> None:
    from models_registry import repos
    from models_registry.gate import requests
    from portal.organisations.models import Organisation

    template = f"{{{{{SUM}}}}} ${{{SUM}}} #{{{SUM}}} <%= {SUM} %> {{% debug %}}"
    template += " {{ settings.SECRET_KEY }}"
    maker.display_name = maker.bio = template[:80]
    maker.save()
    PersonFactory(username="scribe", display_name=template[:80])
    Organisation.objects.create(handle="stage", display_name=template[:80], about=template)
    done = commit(repo, maker, template, **{"README.md": template})
    repos.settle(repo, {"gated": "manual"}, by=maker)
    asked = requests.ask(repo, voter, fields={"why": template})
    requests.reject(asked, by=maker, reason=template)
    owner, asking = sign_in(maker), sign_in(voter)
    seen = [
        assert_inert(browser.get(path))
        for browser in (client, owner, asking)
        for path in (*pages_of_a_repo(done.oid), "/scribe", "/stage", f"/search?q={SUM}")
    ]
    seen.append(assert_inert(owner.get("/maker/canvas/settings")))
    assert any(f"{{{{{SUM}}}}}" in page for page in seen), "the text is on some page"
    assert all(settings.SECRET_KEY not in page for page in seen)


# --- row 30 ---------------------------------------------------------------------------------------
LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{new}: &{new} [{','.join(['*' + old] * 9)}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
BLOCKS = {
    "laughs": LAUGHS,
    "deep lists": "a: " + "[" * 20_000,
    "deep maps": "".join(" " * n + "a:\n" for n in range(2_000)),
    "deep flow": "a: " + "{b: " * 5_000,
    "python object": "a: !!python/object/apply:os.system ['touch /tmp/pwned-by-yaml']",
    "python name": "a: !!python/name:os.system",
    "own tag": "a: !evil {b: c}",
    "merge": "a: &a {b: c}\nd:\n  <<: *a",
    "many keys": "".join(f"k{n}: v\n" for n in range(60_000)),
    "one long key": "k" * 300_000 + ": v",
    "numbers": "a: " + "9" * 100_000,
    "sexagesimal": "a: " + "1:" * 50_000 + "1",
    "surrogates": 'a: "\\ud800\\udfff"',
    "nul": 'a: "\\0"',
    "documents": "a: b\n...\n--- \n" * 5_000,
    "infinity": "a: .inf\nb: .nan\nc: -.inf",
    "dates": "a: 9999-99-99\nb: 0000-00-00T99:99:99Z",
    "not a map": "- a\n- b",
}


@pytest.mark.attack(30)
@pytest.mark.parametrize("name", BLOCKS)
def test_front_matter_that_explodes(client, repo, maker, name: str) -> None:
    """Committed, validated and shown: quickly, with no fault of ours, and nothing is run.

    (A number to the base 60 with 50,000 places once became a fault: Python prints no such number.)
    """
    text = f"---\n{BLOCKS[name]}\n---\n# Still here\n"
    started = time.process_time()
    validate(text)
    commit(repo, maker, **{"README.md": text})
    for path in ("/maker/canvas", "/maker/canvas/blob/main/README.md", "/models?q=canvas"):
        assert client.get(path).status_code == 200
    assert hub_request("GET", "/api/models/maker/canvas?full=true").status == 200
    assert time.process_time() - started < 5
    assert not Path("/tmp/pwned-by-yaml").exists()


@pytest.mark.attack(30)
@pytest.mark.parametrize("name", SLOW)
def test_text_that_is_slow_to_format_on_its_page(client, repo, maker, name: str) -> None:
    assert len(SLOW) >= 18
    commit(repo, maker, **{"README.md": SLOW[name]})
    started = time.process_time()
    answer = client.get("/maker/canvas")
    assert answer.status_code == 200
    assert time.process_time() - started < 5


# --- row 10: pages of a gated repo ----------------------------------------------------------------
@pytest.mark.attack(10)
def test_no_page_shows_what_is_behind_the_gate(client, sign_in, outsider, maker, repo) -> None:
    """Preview, download, difference, history and search, on every kind of revision."""
    from models_registry import refs, repos

    words = "walledwords are behind the gate"
    first = commit(repo, maker, **{"config.json": words, "notes.md": words, "a.csv": words})
    second = commit(repo, maker, **{"config.json": words + " again", "LICENSE.md": "MIT"})
    refs.create_branch(repo, "dev", start="main", by=maker)
    refs.create_tag(repo, "v1", revision=first.oid, by=maker)
    pulled = revisions.commit(
        repo,
        author=outsider,
        operations=[revisions.CopyFile("LICENSE", "config.json")],
        summary="carry it out",
        create_pr=True,
    )
    repos.settle(repo, {"gated": "manual"}, by=maker)
    places = ["main", "dev", "v1", first.oid, second.oid, f"refs/pr/{pulled.pr_number}"]
    paths = [
        f"/maker/canvas/{door}/{rev}/{path}"
        for door in ("blob", "download", "raw", "resolve")
        for rev in places
        for path in ("config.json", "notes.md", "a.csv", "LICENSE")
    ]
    paths += [f"/maker/canvas/commit/{oid}" for oid in (first.oid, second.oid, pulled.oid)]
    paths += [
        "/maker/canvas",
        "/maker/canvas/commits",
        "/search?q=walledwords",
        "/models?q=walledwords",
    ]
    for browser in (client, sign_in(outsider)):
        for path in paths:
            answer = browser.get(path)
            assert answer.status_code < 500, path
            body = answer.content.decode() + answer.get("Location", "")
            assert words not in body, path
            assert "/content/" not in answer.get("Location", ""), path
