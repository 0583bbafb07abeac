"""Cutting text into what is looked for. Pure; the same on both databases.

Latin and other alphabets: words without case and accents. Chinese, Japanese and Korean are written
without spaces: each two neighbouring characters are a word, since a search for 微调 must find 微调
inside any sentence, and indexes by three letters find nothing for two.
"""

import re
import unicodedata

_CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3040-\u30ff\uac00-\ud7af\U00020000-\U0003ffff"
_RUN = re.compile(rf"(?P<cjk>[{_CJK}]+)|(?P<word>[^\W_{_CJK}]+)")
LONGEST_WORD = 60
MOST_WORDS = 20_000
MOST_ASKED = 12


def folded(text: str) -> str:
    """Return the text without case, width and accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", "".join(c for c in plain if not unicodedata.combining(c)))


def cut(text: str) -> list[str]:
    """Return the words of a text that is indexed: words, pairs, and the last sign of each run."""
    found: list[str] = []
    for run in _RUN.finditer(folded(text)):
        if run["cjk"]:
            found += [*_pairs(run["cjk"]), run["cjk"][-1]]
        else:
            found.append(run["word"][:LONGEST_WORD])
        if len(found) >= MOST_WORDS:
            break
    return found[:MOST_WORDS]


def asked(text: str) -> list[tuple[str, bool]]:
    """Return what a query asks for, in order, each once: (word, whether it is only a beginning).

    A word of an alphabet is a beginning (`mini` finds minilm), so is a single sign; pairs are not.
    """
    found: dict[tuple[str, bool], None] = {}
    for run in _RUN.finditer(folded(text[:400])):
        if not run["cjk"]:
            found[run["word"][:LONGEST_WORD], True] = None
        elif len(run["cjk"]) == 1:
            found[run["cjk"], True] = None
        else:
            found |= {(pair, False): None for pair in _pairs(run["cjk"])}
    return list(found)[:MOST_ASKED]


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)]
