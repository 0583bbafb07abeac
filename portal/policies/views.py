"""The settings of the site, for everybody to read."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.policies import reading
from portal.policies.models import PolicyValue
from portal.policies.registry import find

SHOWN = 20


@require_safe
def policies(request: HttpRequest) -> HttpResponse:
    recent = PolicyValue.objects.select_related("by", "event").order_by("-pk")[:SHOWN]
    context = {"settings": reading.all_in_force(), "changes": recent}
    return render(request, "policies/list.html", context)


@require_safe
def policy(request: HttpRequest, name: str) -> HttpResponse:
    """One setting with every change it ever had."""
    find(name)
    rows = PolicyValue.objects.filter(name=name).select_related("by", "event").order_by("-pk")
    context = {"setting": reading.in_force(name), "changes": rows}
    return render(request, "policies/policy.html", context)
