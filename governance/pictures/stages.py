"""What happened in a stage of STV or a round of instant runoff, in sentences."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from governance.pictures.shapes import votes

Step = Mapping[str, Any]
Names = Mapping[str, str]


def told(step: Step, names: Names, unit: int) -> str:
    """Return the sentences of one stage; empty where votes were only counted."""
    said = [
        *_moved(step, names, unit),
        *(_tie(tie, names) for tie in step.get("ties", ())),
        _said(_("Elected: %(options)s."), step["elected"], names),
        _said(
            _("Elected without the quota: %(options)s."),
            step.get("elected_without_quota", ()),
            names,
        ),
        _said(_("Out: %(options)s."), step.get("eliminated", ()), names),
    ]
    return " ".join(sentence for sentence in said if sentence) or _(
        "First preferences are counted."
    )


def _moved(step: Step, names: Names, unit: int) -> list[str]:
    if "why" not in step:
        return []
    sentence = {
        "surplus": _("The surplus moves on of: %(options)s."),
        "exclusion": _("Excluded: %(options)s."),
    }[step["why"]]
    amounts = [
        f"{names.get(option, option)} +{votes(number, unit)}"
        for option, number in step["to"].items()
    ]
    gone = step["to_exhausted"] + step["to_lost"]
    if gone:
        amounts.append(f"{_('nobody any more')} +{votes(gone, unit)}")
    return [_said(sentence, step["from"], names), ", ".join(amounts)]


def _tie(tie: Step, names: Names) -> str:
    if tie["kind"] == "lot":
        order = [names.get(option, option) for option in tie["order"]]
        return _("Level in every stage, drawn by the published lot: %(option)s.") % {
            "option": order[0]
        }
    chosen = names.get(tie["chosen"], tie["chosen"])
    return _("Level, told apart by an earlier stage: %(option)s.") % {"option": chosen}


def _said(sentence: str, options: Sequence[str], names: Names) -> str:
    if not options:
        return ""
    return sentence % {"options": ", ".join(names.get(option, option) for option in options)}
