"""The registry's doors: pages and the Hub protocol."""

import json

from django.core.files.uploadedfile import SimpleUploadedFile

from models_registry.gate import requests
from tests.doors.world import World, deed, silent

silent(
    "asks, and changes nothing",
    "POST models_registry.hub_api.preupload.preupload",
    "POST models_registry.hub_api.tree.paths_info",
    "POST models_registry.hub_api.validate.validate_yaml",
    "POST models_registry.hub_api.lfs.batch.verify",
)
silent("what somebody watches is theirs to know", "POST models_registry.pages.watching.watch")
silent(
    "bytes on their way: nobody sees them before the commit that links them, which is recorded",
    "POST models_registry.hub_api.lfs.batch.batch",
    "POST models_registry.hub_api.copies.files",
    "POST models_registry.transfer.send.upload",
)
silent(
    "answers 404 or 501",
    "POST models_registry.hub_api.unknown.elsewhere",
    "POST models_registry.hub_api.unknown.fallback",
    "POST models_registry.hub_api.unknown.no_namespace",
)
REPO = "/api/models/maker/tiny"


def asked(world: World):
    """Let voter ask for access to maker's gated repo; return the request."""
    from models_registry import repos

    repos.settle(world.repo, {"gated": "manual"}, by=world.person())
    return requests.ask(world.repo, world.person("voter"), fields={})


# --- pages --------------------------------------------------------------------------------------
@deed("POST models_registry.pages.new.new", "registry:repo:created")
def make_a_repo(world: World):
    form = {"kind": "model", "owner": "maker", "name": "fresh", "visibility": "public"}
    return world.browser().post("/new", form)


@deed("POST models_registry.pages.duplicating.duplicate", "registry:repo:copied")
def duplicate_in_a_browser(world: World):
    assert world.repo
    form = {"owner": "voter", "name": "copy"}
    return world.browser("voter").post("/maker/tiny/duplicate", form)


@deed("POST models_registry.pages.upload.upload", "registry:revision:committed")
def upload_a_file(world: World):
    assert world.repo
    browser = world.browser()
    world.begin()
    return browser.post("/maker/tiny/upload", {"files": SimpleUploadedFile("x.txt", b"x")})


@deed("POST models_registry.pages.settings.settings", "registry:repo:settled")
def settle_a_repo(world: World):
    assert world.repo
    return world.browser().post("/maker/tiny/settings", {"visibility": "private"})


@deed("POST models_registry.pages.settings.move", "registry:repo:moved")
def move_a_repo(world: World):
    assert world.repo
    return world.browser().post("/maker/tiny/move", {"to-owner": "maker", "to-name": "small"})


@deed("POST models_registry.pages.settings.delete", "registry:repo:deleted")
def delete_a_repo(world: World):
    assert world.repo
    return world.browser().post("/maker/tiny/delete", {"confirm": "maker/tiny"})


@deed("POST models_registry.pages.asking.ask", "registry:access_request:asked")
def ask_for_access(world: World):
    asked(world)
    browser = world.browser("outsider")
    world.begin()
    return browser.post("/maker/tiny/ask-access", {})


@deed("POST models_registry.pages.access.decide_request", "registry:access_request:accepted")
def decide_about_access(world: World):
    row = asked(world)
    return world.browser().post(f"/maker/tiny/access/{row.uuid}", {"decision": "accept"})


@deed("POST models_registry.pages.access.requests_page", "registry:access_request:granted")
def give_access(world: World):
    asked(world)
    world.person("outsider")
    return world.browser().post("/maker/tiny/requests", {"handle": "outsider"})


@deed("POST models_registry.pages.access.withdraw", "registry:access_request:withdrawn")
def withdraw_access(world: World):
    row = asked(world)
    return world.browser("voter").post(f"/settings/access/{row.uuid}/withdraw")


@deed("POST models_registry.pages.editing.edit", "registry:revision:committed")
def edit_the_card(world: World):
    assert world.repo
    browser = world.browser()
    world.begin()
    return browser.post("/maker/tiny/edit/notes.md", {"text": "# Notes", "before": ""})


@deed("POST models_registry.pages.editing.remove", "registry:revision:committed")
def remove_a_file(world: World):
    assert world.repo
    browser = world.browser()
    world.begin()
    return browser.post("/maker/tiny/remove/.gitattributes")


# --- the Hub protocol ---------------------------------------------------------------------------
@deed("POST models_registry.hub_api.repos.create", "registry:repo:created")
def hub_create(world: World):
    return world.hub("POST", "/api/repos/create", {"name": "fresh"})


@deed("DELETE models_registry.hub_api.repos.delete", "registry:repo:deleted")
def hub_delete(world: World):
    assert world.repo
    return world.hub("DELETE", "/api/repos/delete", {"name": "maker/tiny"})


@deed("POST models_registry.hub_api.repos.move", "registry:repo:moved")
def hub_move(world: World):
    assert world.repo
    body = {"fromRepo": "maker/tiny", "toRepo": "maker/small", "type": "model"}
    return world.hub("POST", "/api/repos/move", body)


@deed("PUT models_registry.hub_api.repos.settings", "registry:repo:settled")
def hub_settings(world: World):
    assert world.repo
    return world.hub("PUT", f"{REPO}/settings", {"gated": "auto"})


@deed("POST models_registry.hub_api.refs.create_branch", "registry:ref:created")
def hub_branch(world: World):
    assert world.repo
    return world.hub("POST", f"{REPO}/branch/dev", {})


@deed("DELETE models_registry.hub_api.refs.delete_branch", "registry:ref:deleted")
def hub_delete_branch(world: World):
    assert world.repo
    world.hub("POST", f"{REPO}/branch/dev", {})
    return world.hub("DELETE", f"{REPO}/branch/dev", {})


@deed("POST models_registry.hub_api.refs.create_tag", "registry:ref:created")
def hub_tag(world: World):
    assert world.repo
    return world.hub("POST", f"{REPO}/tag/main", {"tag": "v1"})


@deed("DELETE models_registry.hub_api.refs.delete_tag", "registry:ref:deleted")
def hub_delete_tag(world: World):
    assert world.repo
    world.hub("POST", f"{REPO}/tag/main", {"tag": "v1"})
    return world.hub("DELETE", f"{REPO}/tag/v1", {})


@deed("POST models_registry.hub_api.commit.view.commit", "registry:revision:committed")
def hub_commit(world: World):
    assert world.repo
    lines = [
        {"key": "header", "value": {"summary": "a file"}},
        {"key": "file", "value": {"path": "a", "content": "e30=", "encoding": "base64"}},
    ]
    body = "\n".join(json.dumps(line) for line in lines).encode()
    return world.hub("POST", f"{REPO}/commit/main", body)


@deed("POST models_registry.hub_api.access_requests.ask", "registry:access_request:asked")
def hub_ask(world: World):
    asked(world)
    return world.hub("POST", "/maker/tiny/ask-access", b"", "outsider")


@deed("POST models_registry.hub_api.access_requests.handle", "registry:access_request:rejected")
def hub_decide(world: World):
    asked(world)
    body = {"user": "voter", "status": "rejected", "rejectionReason": "no"}
    return world.hub("POST", f"{REPO}/user-access-request/handle", body)


@deed("POST models_registry.hub_api.access_requests.grant", "registry:access_request:granted")
def hub_grant(world: World):
    asked(world)
    assert world.person("outsider")
    return world.hub("POST", f"{REPO}/user-access-request/grant", {"user": "outsider"})


@deed("POST models_registry.hub_api.likes.like", "registry:repo:liked")
def hub_like(world: World):
    assert world.repo
    return world.hub("POST", f"{REPO}/like", {}, "voter")


@deed("DELETE models_registry.hub_api.likes.unlike", "registry:repo:unliked")
def hub_unlike(world: World):
    assert world.repo
    world.hub("POST", f"{REPO}/like", {}, "voter")
    return world.hub("DELETE", f"{REPO}/like", None, "voter")


@deed("POST models_registry.hub_api.refs.super_squash", "registry:ref:squashed")
def hub_squash(world: World):
    assert world.repo
    hub_commit(world)
    return world.hub("POST", f"{REPO}/super-squash/main", {"message": "all of it"})


@deed("POST models_registry.hub_api.copies.repo", "registry:repo:copied")
def copy_a_repo(world: World):
    assert world.repo
    return world.hub("POST", f"{REPO}/duplicate", {"repository": "voter/tiny"}, "voter")


@deed("POST models_registry.hub_api.lfs_files.delete", "registry:repo:files-removed")
def delete_large_files(world: World):
    assert world.repo
    asked = {"deletions": {"sha": ["0" * 64], "rewriteHistory": True}}
    return world.hub("POST", f"{REPO}/lfs-files/batch", asked)


@deed("POST models_registry.pages.liking.like", "registry:repo:liked")
def like_in_a_browser(world: World):
    assert world.repo
    return world.browser("voter").post("/maker/tiny/like", {"deed": "start"})
