"""Elections and offices by API: who holds what until when, who stands, and standing oneself."""

from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from governance import norms
from governance.api import shapes
from governance.api.asking import caller, described, described_list, listed, sent
from governance.elections import appointing, calling, offices, shown
from governance.elections.models import Appointment, Election, Role, RoleGrant
from governance.elections.views import find_appointment, find_office, load
from governance.proposals.views import somebody
from portal.access import Actor, require


class Standing(serializers.Serializer):
    """`employer` is disclosed; an empty one says that there is none."""

    employer = serializers.CharField(max_length=120, allow_blank=True)
    statement = serializers.CharField(max_length=5000)


class Naming(serializers.Serializer):
    handle = serializers.CharField(max_length=150)


class Appointing(Naming):
    role = serializers.ChoiceField(Role.choices)
    reasons = serializers.CharField(max_length=4000)
    employer = serializers.CharField(max_length=120, required=False, default="", allow_blank=True)


@described("GET", "Who holds which office until when", shapes.Offices)
@api_view(["GET"])
def all_offices(request: Request) -> Response:
    rows = RoleGrant.objects.not_over().select_related("person")
    held = [shown.grant_record(row) for row in rows]
    return Response({"vacancies": offices.vacancies(), "offices": held})


@described("DELETE", "Give one's office back", shapes.OfficeRow)
@api_view(["DELETE"])
def office(request: Request, number: int) -> Response:
    found = find_office(request, number, "resign")
    offices.resign(found, by=caller(request))
    return Response(shown.grant_record(found))


@described_list("What the committee was asked, newest first", shapes.AppointmentRow)
@described("POST", "Ask the committee", shapes.AppointmentRow, status=201, asks=Appointing)
@api_view(["GET", "POST"])
def appointments(request: Request) -> Response:
    if request.method == "POST":
        require(Actor.of(request), "appoint", norms.current())
        said = sent(Appointing, request.data)
        person = somebody(said.pop("handle"))
        made = appointing.propose(by=caller(request), person=person, **said)
        return Response(shown.appointment_record(made), status=201)
    rows = Appointment.objects.select_related("person", "by").prefetch_related("assents")
    return listed(request, rows, shown.appointment_record)


@described("PUT", "Assent to an appointment", shapes.AppointmentRow)
@api_view(["PUT"])
def assent(request: Request, number: int) -> Response:
    found = find_appointment(request, number, "assent")
    appointing.assent(found, by=caller(request))
    found.refresh_from_db()
    return Response(shown.appointment_record(found))


@described_list("Elections, newest first", shapes.ElectionRow)
@described("POST", "Call an election", shapes.ElectionRow, status=201)
@api_view(["GET", "POST"])
def elections(request: Request) -> Response:
    if request.method == "POST":
        require(Actor.of(request), "call", norms.current())
        return Response(shown.record(calling.call(by=caller(request))), status=201)
    rows = Election.objects.prefetch_related("candidacies__person")
    return listed(request, rows, shown.record)


@described("GET", "One election and who stands in it", shapes.ElectionRow)
@api_view(["GET"])
def election(request: Request, number: int) -> Response:
    return Response(shown.record(load(request, number)))


@described("PUT", "Stand as a candidate", shapes.ElectionRow, asks=Standing)
@described("DELETE", "Stand no more", shapes.ElectionRow)
@api_view(["PUT", "DELETE"])
def candidacy(request: Request, number: int) -> Response:
    if request.method == "DELETE":
        calling.withdraw(load(request, number, "withdraw"), by=caller(request))
    else:
        found = load(request, number, "stand")
        calling.stand(found, by=caller(request), **sent(Standing, request.data))
    return Response(shown.record(load(request, number)))


@described("POST", "Propose somebody else, who is told", shapes.ElectionRow, asks=Naming)
@api_view(["POST"])
def nominations(request: Request, number: int) -> Response:
    found = load(request, number, "nominate")
    person = somebody(sent(Naming, request.data)["handle"])
    calling.nominate(found, by=caller(request), person=person)
    return Response(shown.record(load(request, number)))
