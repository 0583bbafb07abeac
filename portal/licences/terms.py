"""What a licence permits and asks, as immutable data; the compatibility rules read nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

Answer = Literal["yes", "no", "after_registration", "same_family", "unspecified"]
Relation = Literal["finetune", "adapter", "merge", "quantized", "distilled", "trained_on_outputs"]
DerivativeRule = Literal[
    "permissive", "same_family", "at_least_restrictions", "share_alike", "none"
]
Click = Literal["required", "none"]
QuestionKind = Literal["text", "long_text", "choice", "confirm"]
RELATIONS: tuple[str, ...] = get_args(Relation)


class BadTerms(ValueError):
    """The terms of a licence version are not in the form this module describes."""


@dataclass(frozen=True)
class Permits:
    research: Answer
    commercial: Answer
    redistribute: Answer
    derive: Answer
    train_on_outputs: Answer


@dataclass(frozen=True)
class Obligation:
    """`what` is `carry_text`, `carry_notice`, `state_changes` or `use_restrictions:<id>`.

    `reach`: `weights` and/or `outputs`; a relation outside the reach owes nothing.
    """

    what: str
    reach: tuple[str, ...]


@dataclass(frozen=True)
class Naming:
    """What a derivative's name must begin with, and what it must display; None: nothing."""

    prefix: str | None = None
    badge: str | None = None


@dataclass(frozen=True)
class Limits:
    mau_max: int | None = None
    regions_excluded: tuple[str, ...] = ()
    fields_excluded: tuple[str, ...] = ()


@dataclass(frozen=True)
class Question:
    """One question of a questionnaire. `label` and choices' labels are texts per language."""

    name: str
    kind: QuestionKind
    label: Mapping[str, str]
    choices: tuple[tuple[str, Mapping[str, str]], ...] = ()
    required: bool = True


@dataclass(frozen=True)
class Questionnaire:
    """Asked of people who choose `purpose`; `id` is `name@version`."""

    id: str
    purpose: str
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Gate:
    click: Click
    re_consent_on: Literal["text_change", "never"] = "text_change"
    questionnaire: Questionnaire | None = None


@dataclass(frozen=True)
class Terms:
    """One licence version's terms; `includes` names licences whose terms are carried whole."""

    permits: Permits
    derivative_rule: DerivativeRule
    gate: Gate
    obligations: tuple[Obligation, ...] = ()
    naming: Naming = Naming()
    limits: Limits = Limits()
    sublicensable: bool = True
    revocable: bool = False
    includes: tuple[str, ...] = ()

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> "Terms":
        """Return the terms that `raw` (JSON) states; raises `BadTerms` naming what is wrong."""
        try:
            return _terms(raw)
        except (KeyError, TypeError, AttributeError) as error:
            raise BadTerms(f"licence terms: {error!r}") from error

    def restrictions(self) -> frozenset[str]:
        """Return the ids of the use restrictions that a derivative must keep."""
        head = "use_restrictions:"
        return frozenset(o.what[len(head) :] for o in self.obligations if o.what.startswith(head))

    def purposes(self) -> tuple[str, ...]:
        """Return what a person may declare to want it for; empty where it makes no difference."""
        if self.permits.commercial == "after_registration":
            return ("research", "commercial")
        return ("research",) if self.permits.commercial == "no" else ()


def _terms(raw: Mapping[str, Any]) -> Terms:
    known = set(Terms.__dataclass_fields__)
    if unknown := set(raw) - known:
        raise BadTerms(f"licence terms: unknown fields {sorted(unknown)}")
    permits = {name: _one_of(value, Answer, name) for name, value in raw["permits"].items()}
    return Terms(
        permits=Permits(**permits),
        derivative_rule=_one_of(raw["derivative_rule"], DerivativeRule, "derivative_rule"),
        gate=_gate(raw["gate"]),
        obligations=tuple(
            Obligation(item["what"], tuple(item["reach"])) for item in raw.get("obligations", ())
        ),
        naming=Naming(**raw.get("naming", {})),
        limits=_limits(raw.get("limits", {})),
        sublicensable=bool(raw.get("sublicensable", True)),
        revocable=bool(raw.get("revocable", False)),
        includes=tuple(raw.get("includes", ())),
    )


def _limits(raw: Mapping[str, Any]) -> Limits:
    return Limits(
        raw.get("mau_max"),
        tuple(raw.get("regions_excluded", ())),
        tuple(raw.get("fields_excluded", ())),
    )


def _gate(raw: Mapping[str, Any]) -> Gate:
    questionnaire = raw.get("questionnaire")
    return Gate(
        click=_one_of(raw["click"], Click, "gate.click"),
        re_consent_on=raw.get("re_consent_on", "text_change"),
        questionnaire=_questionnaire(questionnaire) if questionnaire else None,
    )


def _questionnaire(raw: Mapping[str, Any]) -> Questionnaire:
    questions = tuple(
        Question(
            name=item["name"],
            kind=_one_of(item["kind"], QuestionKind, "question.kind"),
            label=item["label"],
            choices=tuple((value, label) for value, label in item.get("choices", ())),
            required=bool(item.get("required", True)),
        )
        for item in raw["questions"]
    )
    return Questionnaire(raw["id"], raw["purpose"], questions)


def _one_of(value: Any, allowed: Any, name: str) -> Any:
    if value not in get_args(allowed):
        raise BadTerms(f"licence terms: {name} is {value!r}, not one of {get_args(allowed)}")
    return value
