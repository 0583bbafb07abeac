"""The first page and the frame: what they cost, what they promise to browsers."""

import io
import re

import pytest
from django.conf import settings
from django.core.cache import caches
from django.core.management import call_command
from django.template import engines

from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db
CEILING = 8


def test_the_first_page_keeps_its_ceiling(
    client, maker, sign_in, django_assert_max_num_queries
) -> None:
    signed_in = sign_in(maker)
    for visitor in (client, signed_in):
        caches["local"].clear()
        with django_assert_max_num_queries(CEILING):
            assert visitor.get("/").status_code == 200


def test_the_first_page_keeps_its_ceiling_with_content(
    client, maker, sign_in, django_assert_max_num_queries
) -> None:
    from tests.browser import world

    people = {"maker": maker, "voter": PersonFactory(username="voter")}
    people["reader_zh"] = PersonFactory(username="reader_zh")
    call_command("load_documents", stdout=io.StringIO())
    world.agree(people)
    world.registry(people)
    world.evaluation(maker)
    signed_in = sign_in(maker)
    for visitor in (client, signed_in):
        caches["local"].clear()
        with django_assert_max_num_queries(CEILING):
            page = visitor.get("/").content.decode()
    assert "maker/<strong>minilm</strong>" in page and "Film reviews" in page


def test_the_first_page_says_what_to_do_when_nothing_is_published(client) -> None:
    page = client.get("/").content.decode()
    assert "Nothing is published yet" in page and "<h1" in page


@pytest.mark.parametrize("path", ["/", "/admin/login/", "/accounts/login/", "/none/such"])
def test_one_policy_for_the_whole_site(client, path: str) -> None:
    policy = client.get(path).headers["Content-Security-Policy"]
    said = dict(part.strip().split(" ", 1) for part in policy.split(";") if part.strip())
    content = settings.CONTENT_URL
    assert said == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": f"'self' {content}",
        "media-src": content,
        "font-src": "'self'",
        "connect-src": f"'self' {content}",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
        "report-to": "csp",
    }


def test_policy_reports_are_taken_and_bounded(client, caplog) -> None:
    one = {"type": "csp-violation", "body": {"effectiveDirective": "img-src", "blockedURL": "x"}}

    def send(body: object, **extra: object) -> int:
        return client.post(
            "/policy-reports", body, content_type="application/reports+json", **extra
        ).status_code

    assert send([one] * 50) == 204
    assert len(caplog.records) == 10
    assert send("{not json") == 400
    assert send([{"body": "x" * 20_000}]) == 413
    assert client.get("/").headers["Reporting-Endpoints"] == 'csp="/policy-reports"'


def test_static_files_carry_their_version_and_may_be_kept_for_ever(client) -> None:
    page = client.get("/").content.decode()
    addresses = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page))
    assert addresses and all(re.match(r"/static/[0-9a-f]{12}/", a) for a in addresses)
    answer = client.get("/static/" + settings.STATIC_URL.split("/")[2] + "/css/base.css")
    assert answer.status_code == 200 and "max-age=31536000" in answer.headers["Cache-Control"]
    answer.close()


def test_no_template_breaks_the_policy_or_skips_escaping() -> None:
    """Inline script, style and handlers do not pass the policy; `|safe` is for markup alone."""
    folder = settings.BASE_DIR / "templates"
    forbidden = re.compile(r"\sstyle=|\son\w+=|<style|\|\s*safe\b|autoescape off|hx-on|javascript:")
    found = [
        f"{path.relative_to(folder)}: {hit.group()}"
        for path in folder.rglob("*.html")
        for hit in forbidden.finditer(path.read_text())
    ]
    inline = re.compile(r"<script(?![^>]*(?:\ssrc=|application/json))")
    found += [str(p) for p in folder.rglob("*.html") if inline.search(p.read_text())]
    assert found == []


def test_only_markup_marks_text_as_safe() -> None:
    apps = [settings.BASE_DIR / app for app in settings.COMMONHOLD_APPS]
    found = [
        path.relative_to(settings.BASE_DIR).as_posix()
        for app in apps
        for path in app.rglob("*.py")
        if re.search(r"mark_safe|SafeString\(", path.read_text())
    ]
    assert found == ["portal/markup/__init__.py"]


def test_every_page_keeps_the_margin_of_the_frame() -> None:
    """Without it a phone shows text up to the edge of its screen."""
    folder = settings.BASE_DIR / "templates"
    own = {p: p.read_text() for p in folder.rglob("*.html") if "{% block page %}" in p.read_text()}
    assert len(own) > 10
    assert [p.name for p, text in own.items() if not re.search(r'class="page[ "]', text)] == []


def test_every_part_says_what_it_takes() -> None:
    folder = settings.BASE_DIR / "templates" / "ui"
    silent = [p.name for p in folder.glob("*.html") if "Inputs:" not in p.read_text()[:900]]
    assert silent == []


def test_a_part_gets_its_inputs_and_its_body_and_nothing_else() -> None:
    source = '{% part "card" title=t %}<b>{{ inner }}</b>{% endpart %}'
    html = engines["django"].from_string(source).render({"t": "<T>", "inner": "in", "href": "/x"})
    assert "&lt;T&gt;" in html and "<b>in</b>" in html and "/x" not in html


def test_scripts_are_small_modules() -> None:
    for path in (settings.BASE_DIR / "static" / "js").glob("*.js"):
        assert len(path.read_text().splitlines()) < 60, path.name
