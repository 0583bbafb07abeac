"""Model cards: what README.md's front matter says, and what it may not say."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from models_registry.formats.front_matter import BadFrontMatter, parse
from models_registry.models.repos import STATED, Kind, Relation
from portal.licences.policies import is_allowed

CARD = "README.md"
MOST_TAGS = 100
LONGEST_TAG = 150
MOST_TEXT = 2000
_CODE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_TAG = re.compile(r"<[^>]{0,300}>")
_ADDRESS = re.compile(r"!?\[([^\]]{0,300})\]\([^)]{0,500}\)")

LICENCES = frozenset(
    """
    apache-2.0 mit openrail bigscience-openrail-m creativeml-openrail-m bigscience-bloom-rail-1.0
    bigcode-openrail-m afl-3.0 artistic-2.0 bsl-1.0 bsd bsd-2-clause bsd-3-clause
    bsd-3-clause-clear c-uda cc cc0-1.0 cc-by-2.0 cc-by-2.5 cc-by-3.0 cc-by-4.0 cc-by-sa-3.0
    cc-by-sa-4.0 cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0 cc-by-nd-4.0 cc-by-nc-nd-3.0
    cc-by-nc-nd-4.0 cc-by-nc-sa-2.0 cc-by-nc-sa-3.0 cc-by-nc-sa-4.0 cdla-sharing-1.0
    cdla-permissive-1.0 cdla-permissive-2.0 wtfpl ecl-2.0 epl-1.0 epl-2.0 etalab-2.0 eupl-1.1
    eupl-1.2 agpl-3.0 gfdl gpl gpl-2.0 gpl-3.0 lgpl lgpl-2.1 lgpl-3.0 isc h-research
    intel-research lppl-1.3c ms-pl apple-ascl apple-amlr mpl-2.0 odc-by odbl openmdw-1.0
    openrail++ osl-3.0 postgresql ofl-1.1 ncsa unlicense zlib pddl lgpl-lr deepfloyd-if-license
    fair-noncommercial-research-license llama2 llama3 llama3.1 llama3.2 llama3.3 llama4
    grok2-community gemma unknown other
    """.split()  # noqa: SIM905 - a table for people to read
)


@dataclass(frozen=True)
class Facets:
    """What a card says that lists, filters and lineage use."""

    card: dict[str, Any] = field(default_factory=dict)
    oid: str = ""
    licence: str = ""
    library: str = ""
    task: str = ""
    tags: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    relation: str = Relation.FINETUNE
    text: str = ""  # how the card begins, without marks: what search finds it by


@dataclass(frozen=True)
class Validation:
    """What is wrong with a card: `errors` forbid the commit, `warnings` are shown."""

    errors: list[str]
    warnings: list[str]


def known_licences() -> frozenset[str]:
    """Return the ids that `license:` may name: the Hub's list and the licences kept here."""
    from portal.licences.models import Licence

    return LICENCES | frozenset(Licence.objects.values_list("hub_id", flat=True))


def _texts(value: Any) -> list[str]:
    values: Iterable[Any] = value if isinstance(value, list) else [value]
    return [item.strip() for item in values if isinstance(item, str) and item.strip()]


def _tags(card: dict[str, Any]) -> Iterable[str]:
    for key, prefix in (
        ("license", "license:"),
        ("language", "language:"),
        ("datasets", "dataset:"),
        ("base_model", "base_model:"),
        ("library_name", ""),
        ("pipeline_tag", ""),
        ("tags", ""),
    ):
        for text in _texts(card.get(key)):
            yield prefix + text[:LONGEST_TAG]


def tags_of(card: dict[str, Any]) -> list[str]:
    """Return the facets that a card names, in its order."""
    return list(dict.fromkeys(_tags(card)))[:MOST_TAGS]


def describe(readme: bytes, oid: str) -> Facets:
    """Return what a README says; one that cannot be parsed says nothing."""
    text = readme.decode(errors="replace")
    try:
        card = parse(text)
    except BadFrontMatter:
        return Facets(oid=oid)
    relation = next(iter(_texts(card.get("base_model_relation"))), "")
    return Facets(
        card=card,
        oid=oid,
        licence=next(iter(_texts(card.get("license"))), "")[:64],
        library=next(iter(_texts(card.get("library_name"))), "")[:64],
        task=next(iter(_texts(card.get("pipeline_tag"))), "")[:64],
        tags=tuple(tags_of(card)),
        bases=tuple(dict.fromkeys(name[:193] for name in _texts(card.get("base_model"))))[:20],
        relation=relation if relation in STATED else Relation.FINETUNE,
        text=plain(without_front_matter(text)),
    )


def without_front_matter(text: str) -> str:
    text = text.lstrip("\ufeff\n\r")
    if not text.startswith("---"):
        return text
    _start, _line, rest = text.partition("\n")
    _yaml, closing, body = rest.partition("\n---")
    return body.partition("\n")[2] if closing else text


def plain(text: str) -> str:
    """Return how a Markdown text begins, in one line: no code, addresses, tables, marks."""
    text = _CODE.sub(" ", text[: 4 * MOST_TEXT])
    text = _ADDRESS.sub(r"\1", _TAG.sub(" ", text))
    lines = (
        line.strip(" #>*-+=_~`\t") + (" ·" if line.startswith("#") else "")
        for line in text.splitlines()
        if "|" not in line
    )
    return " ".join(" ".join(lines).replace("**", "").replace("`", "").split())[:MOST_TEXT]


def validate(content: str, kind: str = Kind.MODEL) -> Validation:
    """Check a card as `validate-yaml` of the Hub protocol does, with its words."""
    try:
        card = parse(content)
    except BadFrontMatter as error:
        return Validation([f"Error: YAML metadata is not valid: {error}"], [])
    errors = []
    for text in _texts(card.get("license")):
        if text not in known_licences():
            allowed = ", ".join(sorted(known_licences()))
            errors.append(f'Error: "license" must be one of [{allowed}]')
        elif not is_allowed(text):
            errors.append(f'Error: the licence "{text}" is not allowed here')
    if "license" in card and not _texts(card["license"]):
        errors.append('Error: "license" must be a string or a list of strings')
    if "model-index" in card and not isinstance(card["model-index"], list):
        errors.append('Error: "model-index" must be an array')
    if "base_model" in card and card["base_model"] and not _texts(card["base_model"]):
        errors.append('Error: "base_model" must be a string or a list of strings')
    warnings = []
    if not card:
        warnings.append("empty or missing yaml metadata in repo card")
    elif kind == Kind.MODEL and "license" not in card:
        warnings.append("no license is named in the metadata of this card")
    return Validation(errors, warnings)
