"""The opinion map of a proposal: statements to judge, one's own to add, and the picture."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from governance.opinions import shown, stating
from governance.opinions.models import Opinion, Statement
from governance.proposals.models import Proposal
from governance.proposals.views import load
from portal.access import Actor, decide, require
from portal.errors import Missing, Refused
from portal.people.views import signed_in


class StatementForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Your statement"),
        max_length=stating.LONGEST,
        help_text=gettext_lazy("One thought in one sentence, that others can agree with or not."),
    )


@require_safe
def opinions(request: HttpRequest, number: int) -> HttpResponse:
    return page(request, load(request, number, "see"))


def page(request: HttpRequest, found: Proposal, form: Any = None, status: int = 200) -> Any:
    actor = Actor.of(request)
    statements = list(found.statements.filter(erased=False).select_related("person"))
    drawn = stating.map_of(found)
    mine = _own(found, actor.person)
    picture = shown.picture(drawn, actor.person)
    context = {
        "proposal": found,
        "pictures": [picture] if picture else [],
        "groups": shown.groups(drawn),
        "rows": shown.rows(drawn, statements),
        "agreed": shown.agreed(drawn, statements),
        "judging": [{"statement": row, "mine": mine.get(row.pk)} for row in statements],
        "signs": Opinion.Sign.choices,
        "may": stating.is_open(found) and bool(decide(actor, "comment", found)),
        "form": form or StatementForm(),
    }
    return render(request, "governance/opinions.html", context, status=status)


def _own(found: Proposal, person: Any) -> dict[int, int]:
    if person is None:
        return {}
    rows = Opinion.objects.filter(statement__proposal=found, person=person)
    return dict(rows.values_list("statement_id", "sign"))


@require_POST
def state(request: HttpRequest, number: int) -> HttpResponse:
    found = load(request, number, "comment")
    form = StatementForm(request.POST)
    if form.is_valid():
        try:
            stating.state(found, by=signed_in(request), text=form.cleaned_data["text"])
            messages.success(request, _("Stated. Others can agree or not."))
            return redirect("opinions", found.pk)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return page(request, found, form, status=422)


@require_POST
def judge(request: HttpRequest, number: int) -> HttpResponse:
    statement = find(request, number)
    said = request.POST.get("sign", "")
    if said not in ("-1", "0", "1"):
        raise Missing
    stating.judge(statement, by=signed_in(request), sign=int(said))
    return redirect("opinions", statement.proposal_id)


def find(request: Any, number: int) -> Statement:
    """Return a statement that the caller may judge."""
    rows = Statement.objects.select_related("proposal__revision").filter(erased=False)
    statement = rows.filter(pk=number).first()
    if statement is None:
        raise Missing
    require(Actor.of(request), "comment", statement.proposal)
    return statement
