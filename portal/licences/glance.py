"""A licence at a glance: its terms in words. The text decides, this only points at it."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from portal.licences.terms import Terms

ANSWERS = {
    "yes": (_("yes"), "good"),
    "no": (_("no"), "bad"),
    "after_registration": (_("after registration"), "warn"),
    "same_family": (_("only under the same licence"), "warn"),
    "unspecified": (_("the text does not say"), "info"),
}
RULES = {
    "permissive": _("Derivatives may have another licence."),
    "same_family": _("Derivatives keep this licence, in this version or a newer one."),
    "at_least_restrictions": _("Derivatives keep at least the same use restrictions."),
    "share_alike": _("Derivatives are shared under the same licence."),
    "none": _("Derivatives may not be published."),
}
DUTIES = {
    "carry_text": _("Pass on the text of the licence."),
    "carry_notice": _("Keep the notices."),
    "state_changes": _("Say what you changed."),
    "use_restrictions": _("Keep to the use restrictions, and pass them on."),
}


@dataclass(frozen=True)
class Point:
    label: object
    answer: object
    kind: str


@dataclass(frozen=True)
class Glance:
    points: list[Point]
    duties: list[object]


def glance(terms: Terms) -> Glance:
    """Return what a person wants to know first, in the language of the page."""
    permits = terms.permits
    asked = (
        (_("Research"), permits.research),
        (_("Commercial use"), permits.commercial),
        (_("Passing it on"), permits.redistribute),
        (_("Fine-tuning"), permits.derive),
        (_("Training other models on its outputs"), permits.train_on_outputs),
    )
    points = [Point(label, *ANSWERS[answer]) for label, answer in asked]
    duties: list[object] = [DUTIES.get(o.what.partition(":")[0], o.what) for o in terms.obligations]
    duties.append(RULES[terms.derivative_rule])
    if terms.naming.prefix:
        duties.append(_("Names of derivatives begin with “%s”.") % terms.naming.prefix)
    if terms.naming.badge:
        duties.append(_("Derivatives display “%s”.") % terms.naming.badge)
    if terms.revocable:
        duties.append(_("The licensor can end the grant, as the text says."))
    return Glance(points, duties)
