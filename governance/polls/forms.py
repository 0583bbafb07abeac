"""Ballots as forms: radio buttons, boxes and numbers; no script, no dragging."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.polls.models import STAYS, Poll

RANKED = ("schulze", "irv", "stv")
MOST_SCORE = 5


class BallotForm(forms.Form):
    """One ballot of a poll. `replaces` names the ballot it takes the place of."""

    replaces = forms.CharField(widget=forms.HiddenInput, required=False, max_length=32)

    def __init__(self, poll: Poll, data: Any = None, *, standing: Any = None, replaces: str = ""):
        super().__init__(data, initial={"replaces": replaces})
        self.poll = poll
        self.names = {option["key"]: poll.label(option["key"]) for option in poll.options}
        build = {"threshold": self._one, "approval": self._several, "star": self._scores}
        build.get(poll.method, self._ranks)(standing)

    def _one(self, standing: Any) -> None:
        self.fields["choice"] = forms.ChoiceField(
            label=_("Your vote"),
            choices=list(self.names.items()),
            widget=forms.RadioSelect,
            initial=standing,
            error_messages={"required": _("Choose one.")},
        )

    def _several(self, standing: Any) -> None:
        self.fields["choice"] = forms.MultipleChoiceField(
            label=_("Whom or what you approve of; as many as you like"),
            choices=list(self.names.items()),
            widget=forms.CheckboxSelectMultiple,
            initial=standing or [],
            required=False,
        )

    def _scores(self, standing: Any) -> None:
        most = self.poll.rule.get("max_score", MOST_SCORE)
        for number, (key, name) in enumerate(self.names.items()):
            self.fields[f"option-{number}"] = forms.TypedChoiceField(
                label=name,
                coerce=int,
                choices=[(score, str(score)) for score in range(most + 1)],
                initial=(standing or {}).get(key, 0),
                help_text=_("0 is worst, %(most)s is best.") % {"most": most},
            )

    def _ranks(self, standing: Any) -> None:
        places = {key: place for place, rank in enumerate(standing or [], 1) for key in rank}
        choices = [("", _("not ranked")), *((n, str(n)) for n in range(1, len(self.names) + 1))]
        for number, (key, name) in enumerate(self.names.items()):
            self.fields[f"option-{number}"] = forms.TypedChoiceField(
                label=name,
                coerce=int,
                empty_value=None,
                required=False,
                choices=choices,
                initial=places.get(key, ""),
            )

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        ranks = [value for name, value in said.items() if name.startswith("option-") and value]
        if self.poll.method in ("irv", "stv") and len(set(ranks)) != len(ranks):
            raise forms.ValidationError(_("Give each place to one option only."))
        return said

    def choice(self) -> Any:
        """Return the ballot as the method reads it."""
        said = self.cleaned_data
        if "choice" in said:
            return said["choice"]
        values = {key: said[f"option-{number}"] for number, key in enumerate(self.names)}
        if self.poll.method == "star":
            return values
        places = sorted({value for value in values.values() if value})
        return [[key for key in values if values[key] == place] for place in places]


class NewPollForm(forms.Form):
    """An advisory poll: what is asked, among what, and how it is counted."""

    question_en = forms.CharField(label=_("Question in English"), max_length=200)
    question_zh = forms.CharField(label=_("Question in Chinese"), max_length=200)
    method = forms.ChoiceField(
        label=_("Method"),
        choices=[
            ("approval", _("Approval: name as many as you like")),
            ("schulze", _("Ranked, pairwise (Schulze)")),
            ("star", _("Scores, then a runoff (STAR)")),
            ("irv", _("Ranked, instant runoff")),
            ("stv", _("Ranked, proportional (Scottish STV)")),
        ],
    )
    seats = forms.IntegerField(label=_("How many are chosen"), min_value=1, max_value=50, initial=1)
    stays = forms.BooleanField(
        label=_("With the option that everything stays as it is"),
        required=False,
        help_text=_("Ranked in pairs only: what does not beat it is dropped."),
    )
    majority = forms.TypedChoiceField(
        label=_("By which majority it has to be beaten"),
        coerce=int,
        choices=[(1, "1 : 1"), (2, "2 : 1"), (3, "3 : 1")],
        initial=1,
        required=False,
        empty_value=None,
    )
    quorum = forms.IntegerField(
        label=_("Quorum"),
        min_value=0,
        max_value=1_000_000,
        required=False,
        help_text=_("How many have to take part, or to prefer an option to what is."),
    )
    secret = forms.BooleanField(
        label=_("Secret ballots"),
        required=False,
        help_text=_("They are final. Open ones can be changed, and shown after the close."),
    )
    options = forms.CharField(
        label=_("Options"),
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=8000,
        help_text=_("One in each line: English | 中文"),
    )

    def clean_options(self) -> list[dict[str, str]]:
        found = []
        for line in self.cleaned_data["options"].splitlines():
            english, _bar, chinese = (part.strip() for part in line.partition("|"))
            if english:
                found.append({"en": english[:100], "zh": (chinese or english)[:100]})
        if not 2 <= len(found) <= 50:
            raise forms.ValidationError(_("A poll has between 2 and 50 options."))
        return [{"key": f"o{number}"} | option for number, option in enumerate(found, 1)]

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        said["majority"], said["quorum"] = said.get("majority") or 1, said.get("quorum") or 0
        if said.pop("stays", False) and "options" in said:
            said["options"] = [*said["options"], STAYS]
            said["default"] = STAYS["key"]
        return said
