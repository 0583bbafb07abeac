"""Writing a proposal without scripts: the page is asked for the clauses and settings to change."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.norms.clauses import LONGEST, Change, Clause
from governance.norms.models import NormsVersion
from governance.proposals.models import ProposalRevision
from portal.policies.registry import REGISTRY, Policy

MOST = 12


def area(rows: int = 4, **attrs: str) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, **attrs})


class ProposalForm(forms.Form):
    """Title and reasons, then the fields of each chosen clause and setting, and one new clause."""

    title = forms.CharField(
        label=_("Title"), max_length=160, help_text=_("What would change, in one line.")
    )
    reasons = forms.CharField(
        label=_("Reasons"), max_length=10_000, widget=area(6), help_text=_("You can use Markdown.")
    )

    def __init__(
        self,
        base: NormsVersion,
        clauses: Sequence[str],
        settings: Sequence[str],
        data: Any = None,
        **kwargs: Any,
    ):
        super().__init__(data, **kwargs)
        present = {clause.id: clause for clause in base.parts()}
        self.chosen = [present[name] for name in clauses if name in present][:MOST]
        self.policies = [REGISTRY[name] for name in settings if name in REGISTRY][:MOST]
        for clause in self.chosen:
            self._add_clause(clause)
        for policy in self.policies:
            self.fields[f"set-{policy.name}"] = field_of(policy)
        self._add_new(base)

    def _add_clause(self, clause: Clause) -> None:
        name, label = clause.id, clause.label
        self.fields[f"old-{name}"] = forms.CharField(
            widget=forms.HiddenInput, initial=clause.sha256, max_length=64
        )
        self.fields[f"en-{name}"] = forms.CharField(
            label=_("%(clause)s in English") % {"clause": label},
            initial=clause.en,
            max_length=LONGEST,
            required=False,
            widget=area(lang="en"),
        )
        self.fields[f"zh-{name}"] = forms.CharField(
            label=_("%(clause)s in Chinese") % {"clause": label},
            initial=clause.zh,
            max_length=LONGEST,
            required=False,
            widget=area(lang="zh-Hans"),
        )
        self.fields[f"delete-{name}"] = forms.BooleanField(
            label=_("Delete %(clause)s") % {"clause": label}, required=False
        )

    def _add_new(self, base: NormsVersion) -> None:
        places = [("", "—"), *((clause.id, clause.label) for clause in base.parts())]
        self.fields["new-id"] = forms.CharField(
            label=_("Number of a new clause"),
            required=False,
            max_length=12,
            help_text=_("Like N5.6; a number is never used twice."),
        )
        self.fields["new-after"] = forms.ChoiceField(
            label=_("It stands behind"), required=False, choices=places
        )
        self.fields["new-en"] = forms.CharField(
            label=_("New clause in English"), required=False, max_length=LONGEST, widget=area()
        )
        self.fields["new-zh"] = forms.CharField(
            label=_("New clause in Chinese"), required=False, max_length=LONGEST, widget=area()
        )

    @property
    def adds(self) -> bool:
        """Whether it begins with a new clause."""
        return "new-id" in self.initial

    def groups(self) -> "list[dict[str, Any]]":
        """Return the fields of each clause together, for the page."""
        return [
            {
                "clause": clause,
                "fields": [self[f"{part}-{clause.id}"] for part in ("old", "en", "zh", "delete")],
            }
            for clause in self.chosen
        ]

    def setting_fields(self) -> "list[forms.BoundField]":
        return [self[f"set-{policy.name}"] for policy in self.policies]

    def new_fields(self) -> "list[forms.BoundField]":
        return [self[f"new-{part}"] for part in ("id", "after", "en", "zh")]

    def patch(self) -> list[Change]:
        said = self.cleaned_data
        found = [self._change(clause.id) for clause in self.chosen]
        if said["new-id"]:
            found.append(
                Change(
                    "insert",
                    said["new-id"].strip(),
                    en=said["new-en"],
                    zh=said["new-zh"],
                    after=said["new-after"],
                )
            )
        return found

    def _change(self, name: str) -> Change:
        said, old = self.cleaned_data, self.cleaned_data[f"old-{name}"]
        if said[f"delete-{name}"]:
            return Change("delete", name, old=old)
        return Change("replace", name, en=said[f"en-{name}"], zh=said[f"zh-{name}"], old=old)

    def values(self) -> dict[str, Any]:
        return {
            policy.name: cleaned(policy, self.cleaned_data[f"set-{policy.name}"])
            for policy in self.policies
        }


def field_of(policy: Policy) -> forms.Field:
    """Return the form field of a setting, holding the value in force."""
    from portal.policies import value

    said: dict[str, Any] = {"label": policy.title, "help_text": policy.about}
    present = value(policy.name)
    if policy.kind == "int":
        return forms.IntegerField(
            initial=present, min_value=policy.floor, max_value=policy.ceiling, **said
        )
    if policy.kind == "bool":
        choices = [("yes", _("yes")), ("no", _("no"))]
        return forms.ChoiceField(choices=choices, initial="yes" if present else "no", **said)
    if policy.kind == "text" and policy.choices:
        named = [(choice, choice) for choice in policy.choices]
        return forms.ChoiceField(choices=named, initial=present, **said)
    if policy.kind == "text":
        return forms.CharField(initial=present, required=False, **said)
    said["help_text"] = _("One in each line.")
    return forms.CharField(initial="\n".join(present), required=False, widget=area(5), **said)


def cleaned(policy: Policy, said: Any) -> Any:
    if policy.kind == "bool":
        return said == "yes"
    if policy.kind == "list":
        return [line.strip() for line in said.splitlines() if line.strip()]
    return said


def initial_of(revision: ProposalRevision) -> dict[str, Any]:
    """Return what the form begins with when a proposal is written anew."""
    found: dict[str, Any] = {"title": revision.title, "reasons": revision.reasons}
    for change in revision.changes():
        if change.op == "insert":
            found |= {
                "new-id": change.clause,
                "new-after": change.after,
                "new-en": change.en,
                "new-zh": change.zh,
            }
        elif change.op == "delete":
            found[f"delete-{change.clause}"] = True
        else:
            found |= {f"en-{change.clause}": change.en, f"zh-{change.clause}": change.zh}
    for name, value in revision.policy_values().items():
        shown = "\n".join(value) if isinstance(value, list) else value
        found[f"set-{name}"] = ("yes" if value else "no") if isinstance(value, bool) else shown
    return found


def beside(revision: ProposalRevision) -> dict[str, Any]:
    """Return what the form of an alternative begins with: the place of the clause that the other
    proposal adds. The words are the author's own."""
    found = initial_of(revision)
    return {name: found[name] for name in ("new-id", "new-after") if name in found}


class CommentForm(forms.Form):
    text = forms.CharField(label=_("Your comment"), max_length=5000, widget=area(4))
    clause = forms.ChoiceField(label=_("About"), required=False)

    def __init__(self, clauses: Sequence[str], data: Any = None, **kwargs: Any):
        super().__init__(data, **kwargs)
        field: Any = self.fields["clause"]
        field.choices = [("", _("the whole proposal")), *((name, name) for name in clauses)]


class ReasonsForm(forms.Form):
    """Why a founder adopts a proposal."""

    reasons = forms.CharField(label=_("Reasons"), max_length=4000, widget=area(4))
