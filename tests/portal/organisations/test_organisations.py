"""Organisations: members by consent, and never without an owner."""

import threading

import pytest
from django.db import connection

from portal.errors import Refused
from portal.events.models import Event
from portal.organisations import room
from portal.organisations.models import Membership, Organisation, Role
from portal.organisations.refusals import LastOwner, OnlyOwnersAppoint
from tests.factories import MembershipFactory, OrganisationFactory


@pytest.fixture
def circle(maker):
    return room.create(by=maker, handle="circle", display_name="Circle")


@pytest.mark.django_db
def test_nobody_becomes_a_member_without_saying_yes(circle, maker, voter):
    room.invite(circle, by=maker, handle="VOTER", role="maintainer")
    assert not Membership.objects.filter(person=voter).exists()
    room.answer(circle, by=voter, join=True)
    assert voter.memberships.get().role == Role.MAINTAINER
    with pytest.raises(Refused):
        room.answer(circle, by=voter, join=True)


@pytest.mark.django_db
@pytest.mark.db
def test_the_last_owner_stays(circle, maker, voter):
    MembershipFactory(organisation=circle, person=voter, role=Role.MEMBER)
    for deed in (
        lambda: room.leave(circle, by=maker),
        lambda: room.remove_member(circle, by=maker, handle="maker"),
        lambda: room.set_role(circle, by=maker, handle="maker", role="member"),
    ):
        with pytest.raises(LastOwner):
            deed()
        assert maker.memberships.get().role == Role.OWNER
    room.set_role(circle, by=maker, handle="voter", role="owner")
    room.leave(circle, by=maker)
    assert not maker.memberships.exists()


@pytest.mark.django_db
def test_a_maintainer_invites_members_and_appoints_nobody(circle, voter, outsider):
    MembershipFactory(organisation=circle, person=voter, role=Role.MAINTAINER)
    with pytest.raises(OnlyOwnersAppoint):
        room.invite(circle, by=voter, handle="outsider", role="owner")
    room.invite(circle, by=voter, handle="outsider", role="member")


@pytest.mark.db
def test_two_owners_who_leave_at_once_leave_one_behind(committed_db, maker, voter):
    organisation = OrganisationFactory()
    for person in (maker, voter):
        MembershipFactory(organisation=organisation, person=person, role=Role.OWNER)
    outcomes, together = [], threading.Barrier(2)

    def go(person) -> None:
        together.wait()
        try:
            room.leave(organisation, by=person)
            outcomes.append("left")
        except LastOwner:
            outcomes.append("stayed")
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=(person,)) for person in (maker, voter)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["left", "stayed"]
    assert Membership.objects.filter(organisation=organisation, role=Role.OWNER).count() == 1


@pytest.mark.django_db
def test_a_stranger_changes_nothing_over_any_door(circle, outsider, sign_in):
    browser = sign_in(outsider)
    before = Event.objects.count()
    base = "/organisations/circle"
    for deed in ("settings", "invite", "withdraw", "answer", "role", "remove", "leave"):
        assert browser.post(f"{base}/{deed}", {"handle": "maker"}).status_code == 403, deed
    kind = {"content_type": "application/json"}
    api = "/api/v1/organisations/circle"
    assert browser.patch(api, {"display_name": "x"}, **kind).status_code == 403
    assert browser.put(f"{api}/members/maker", {"role": "member"}, **kind).status_code == 403
    assert browser.delete(f"{api}/members/maker").status_code == 403
    assert browser.post(f"{api}/invitations", {"handle": "outsider"}, **kind).status_code == 403
    assert Event.objects.count() == before


@pytest.mark.django_db
def test_fields_that_are_not_offered_are_ignored(circle, maker, sign_in):
    body = {"display_name": "Ring", "handle": "stolen", "is_demo": True, "opaque": "x"}
    answer = sign_in(maker).patch(
        "/api/v1/organisations/circle", body, content_type="application/json"
    )
    assert answer.status_code == 200
    stored = Organisation.objects.get(pk=circle.pk)
    assert (stored.display_name, stored.handle, stored.is_demo) == ("Ring", "circle", False)
    assert stored.opaque == circle.opaque


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/circle", "/maker", "/organisations/circle/members"])
def test_profiles_stay_within_eight_queries(
    circle, maker, sign_in, path, django_assert_max_num_queries
):
    for _n in range(12):
        MembershipFactory(organisation=circle)
    browser = sign_in(maker)
    with django_assert_max_num_queries(8):
        assert browser.get(path).status_code == 200
