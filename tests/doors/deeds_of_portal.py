"""The foundation's doors: profiles, organisations, tokens, agreements, one's data, jobs."""

from portal import agreements, devices, jobs, tokens
from portal.agreements.api import STATEMENT
from tests.doors.world import World, deed, silent
from tests.factories import PASSWORD
from tests.support import documents
from tests.support.wsgi import hub_request

silent(
    "a preference of one's own browser, in a cookie",
    "POST portal.home.views.set_language",
    "POST portal.home.views.set_theme",
)
silent(
    "what one wants to be told, and what one has read, are nobody else's",
    "POST portal.notices.views.read_all",
    "POST portal.notices.views.settings",
    "POST portal.notices.views.renew_feed",
    "POST portal.notices.views.unsubscribe",
)
silent("a browser's report; nothing is kept", "POST portal.home.reports.policy_report")


# --- profiles -----------------------------------------------------------------------------------
@deed("POST portal.people.views.profile_settings", "portal:person:profile-changed")
def change_a_profile(world: World):
    return world.browser().post("/settings/profile", {"display_name": "Mara"})


@deed("POST portal.people.views.preferences", "portal:person:profile-changed")
def change_a_language(world: World):
    return world.browser().post("/settings/preferences", {"language": "zh-hans"})


@deed("PATCH portal.api.people.Me", "portal:person:profile-changed")
def change_a_profile_by_api(world: World):
    return world.api("PATCH", "/api/v1/me", {"display_name": "Mara"})


# --- organisations ------------------------------------------------------------------------------
@deed("POST portal.organisations.views.new", "portal:organisation:created")
def found_an_organisation(world: World):
    return world.browser().post("/organisations/new", {"handle": "circle"})


@deed("POST portal.organisations.views.about", "portal:organisation:changed")
def describe_an_organisation(world: World):
    assert world.organisation
    return world.browser().post("/organisations/circle/settings", {"display_name": "Circle"})


@deed("POST portal.organisations.views.invite", "portal:organisation:invited")
def invite(world: World):
    assert world.organisation and world.person("voter")
    return world.browser().post(
        "/organisations/circle/invite", {"handle": "voter", "role": "member"}
    )


@deed("POST portal.organisations.views.withdraw", "portal:organisation:invitation-withdrawn")
def withdraw_an_invitation(world: World):
    world.invited()
    return world.browser().post("/organisations/circle/withdraw", {"handle": "voter"})


@deed("POST portal.organisations.views.answer", "portal:organisation:joined")
def join(world: World):
    world.invited()
    return world.browser("voter").post("/organisations/circle/answer", {"answer": "join"})


@deed("POST portal.organisations.views.role", "portal:organisation:role-changed")
def give_a_role(world: World):
    world.member()
    return world.browser().post(
        "/organisations/circle/role", {"handle": "voter", "role": "maintainer"}
    )


@deed("POST portal.organisations.views.remove", "portal:organisation:member-removed")
def remove_a_member(world: World):
    world.member()
    return world.browser().post("/organisations/circle/remove", {"handle": "voter"})


@deed("POST portal.organisations.views.leave", "portal:organisation:left")
def leave(world: World):
    world.member()
    return world.browser("voter").post("/organisations/circle/leave")


@deed("POST portal.api.organisations.Organisations", "portal:organisation:created")
def found_by_api(world: World):
    return world.api("POST", "/api/v1/organisations", {"handle": "circle"})


@deed("PATCH portal.api.organisations.OneOrganisation", "portal:organisation:changed")
def describe_by_api(world: World):
    assert world.organisation
    return world.api("PATCH", "/api/v1/organisations/circle", {"display_name": "Circle"})


@deed("POST portal.api.organisations.Invitations", "portal:organisation:invited")
def invite_by_api(world: World):
    assert world.organisation and world.person("voter")
    return world.api(
        "POST", "/api/v1/organisations/circle/invitations", {"handle": "voter", "role": "member"}
    )


@deed("POST portal.api.organisations.AnswerInvitation", "portal:organisation:declined")
def decline_by_api(world: World):
    world.invited()
    return world.api("POST", "/api/v1/organisations/circle/answer", {"join": False}, "voter")


@deed("PUT portal.api.organisations.OneMember", "portal:organisation:role-changed")
def give_a_role_by_api(world: World):
    world.member()
    return world.api("PUT", "/api/v1/organisations/circle/members/voter", {"role": "maintainer"})


@deed("DELETE portal.api.organisations.OneMember", "portal:organisation:member-removed")
def remove_by_api(world: World):
    world.member()
    return world.api("DELETE", "/api/v1/organisations/circle/members/voter", {})


# --- tokens -------------------------------------------------------------------------------------
@deed("POST portal.tokens.views.new", "portal:token:created")
def make_a_token(world: World):
    form = {"name": "laptop", "role": "read", "lives": "30"}
    return world.browser().post("/settings/tokens/new", form)


@deed("POST portal.tokens.views.revoke", "portal:token:revoked")
def revoke_a_token(world: World):
    token, _secret = tokens.issue(world.person(), name="laptop", role="read")
    return world.browser().post(f"/settings/tokens/{token.pk}/revoke")


@deed("POST portal.tokens.views.leaked", "portal:token:revoked")
def report_a_leaked_token(world: World):
    _token, secret = tokens.issue(world.person(), name="laptop", role="read")
    return world.browser("outsider").post("/tokens/leaked", {"token": secret})


@deed("POST portal.api.tokens.Tokens", "portal:token:created")
def make_a_token_by_api(world: World):
    return world.api("POST", "/api/v1/tokens", {"name": "laptop", "role": "read"})


@deed("DELETE portal.api.tokens.OneToken", "portal:token:revoked")
def revoke_a_token_by_api(world: World):
    token, _secret = tokens.issue(world.person(), name="laptop", role="read")
    return world.api("DELETE", f"/api/v1/tokens/{token.pk}", {})


@deed("POST portal.api.tokens.Leaked", "portal:token:revoked")
def report_a_leaked_token_by_api(world: World):
    _token, secret = tokens.issue(world.person(), name="laptop", role="read")
    return world.api("POST", "/api/v1/tokens/leaked", {"token": secret}, "outsider")


# --- agreements ---------------------------------------------------------------------------------
@deed("POST portal.agreements.views.agree_one", "portal:agreement:accepted")
def accept(world: World):
    version, browser = documents.version(), world.browser()
    form = browser.get(version.accept_url).context["form"]
    sent = {name: form[name].value() or "" for name in ("nonce", "sha256", "next", "repo")}
    return browser.post(version.accept_url, sent | {"agree": "on", "language": "en"})


@deed("POST portal.agreements.api.accept", "portal:agreement:accepted")
def accept_by_api(world: World):
    documents.version()
    offer = world.browser().get("/api/v1/agreements/house-rules/terms").json()
    said = {"sha256": offer["sha256"], "nonce": offer["nonce"], "statement": STATEMENT}
    return world.api("POST", "/api/v1/agreements/house-rules/accept", said)


@deed("POST portal.agreements.views.withdraw", "portal:agreement:withdrawn")
def withdraw_an_acceptance(world: World):
    row = documents.accepted(world.person(), documents.version())
    assert agreements.has_accepted(world.person(), row.version)
    return world.browser().post(f"/settings/agreements/{row.pk}/withdraw")


# --- one's data, jobs ---------------------------------------------------------------------------
@deed("POST portal.privacy.views.ask", "portal:privacy:export-asked")
def ask_for_an_archive(world: World):
    return world.browser().post("/settings/data/ask")


@deed("POST portal.privacy.views.erase", "portal:person:erased")
def erase_oneself(world: World):
    form = {"handle": "maker", "password": PASSWORD, "confirm": "on"}
    return world.browser().post("/settings/data/erase", form)


@deed("POST portal.jobs.views.cancel", "portal:job:cancelled")
def cancel_a_job(world: World):
    job = jobs.enqueue("tests.support.deeds.note", "one", by=world.person())
    return world.browser().post(f"/jobs/{job.uuid}/cancel")


# --- programs that ask to be let in ---------------------------------------------------------------
silent(
    "a program begins to wait: nothing is anybody's until a person decides, which is recorded",
    "POST models_registry.hub_api.oauth.device",
)


@deed("POST portal.devices.views.answer", "portal:device:approved")
def let_a_program_in(world: World):
    login, _code = devices.ask("hf_hub/2.4.0")
    form = {"user_code": login.user_code, "answer": "approve", "name": "laptop", "role": "read"}
    return world.browser().post("/oauth/device/answer", form)


@deed("POST models_registry.hub_api.oauth.token", "portal:token:created")
def collect_the_token_of_a_program(world: World):
    login, code = devices.ask("hf_hub/2.4.0")
    devices.approve(login, by=world.person(), name="laptop", role="read")
    kind = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code"
    body = f"grant_type={kind}&device_code={code}".encode()
    return hub_request(
        "POST", "/oauth/token", body=body, content_type="application/x-www-form-urlencoded"
    )
