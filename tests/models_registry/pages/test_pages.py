"""What people see of a repo, and that they see nothing of a hidden one."""

import re

import pytest
from django.test import Client

from models_registry import repos, revisions

pytestmark = pytest.mark.django_db
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"')
TAILS = ("", "/tree/main", "/commits", "/blob/main/README.md", "/download/main/README.md")


def plain(answer, name: str) -> str:
    """Return a page without what differs by request: the CSRF mask, and the name asked for."""
    return TOKEN.sub("", answer.content.decode()).replace(name, "NAME")


def test_a_list_shows_public_repos_within_its_ceiling(
    client, repo, private_repo, django_assert_max_num_queries
):
    client.get("/models")
    with django_assert_max_num_queries(8):
        page = client.get("/models").content.decode()
    assert "counter" in page
    assert "secret" not in page


def test_owners_find_their_private_repos_in_the_list(sign_in, maker, private_repo):
    assert "secret" in sign_in(maker).get("/models").content.decode()


@pytest.mark.db
def test_a_repo_is_found_by_the_words_of_its_card_in_chinese_too(client, maker):
    made = repos.create(maker.namespace, "reviews", by=maker, kind="dataset")
    card = "---\nlicense: mit\n---\n# 影评语料\n\n一千条[中文影评](a.csv)，带有**情感标签**。\n"
    operations = [revisions.AddFile("README.md", card.encode())]
    revisions.commit(made, author=maker, operations=operations, summary="Card")
    for words in ("影评", "情感标签", "中文影评"):
        page = client.get("/datasets", {"q": words}).content.decode()
        assert "<strong>reviews</strong>" in page
    repos.settle(made, {"gated": "manual"}, by=maker)
    page = client.get("/search", {"q": "影评"}).content.decode()
    assert "影评语料 · 一千条中文影评，带有情感标签。" in page
    assert "license:mit" not in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=COUNT", True),
        ("q=other", False),
        ("licence=mit", True),
        ("licence=apache-2.0", False),
        ("language=zh", True),
        ("language=fr", False),
        ("access=gated", False),
        ("access=open", True),
        ("sort=downloads", True),
        ("sort=password", False),
        ("page=999", True),
    ],
)
def test_filters_narrow_the_list(client, repo, query, found):
    page = client.get(f"/models?{query}").content.decode()
    assert ("<strong>counter</strong>" in page) is found


def test_the_card_is_shown_without_its_front_matter_within_its_ceiling(
    client, repo, django_assert_max_num_queries
):
    client.get("/maker/counter")
    with django_assert_max_num_queries(12):
        page = client.get("/maker/counter").content.decode()
    assert "<strong>counts</strong>" in page
    assert "license: mit" not in page
    assert "from_pretrained" in page


def test_files_say_which_commit_touched_them_last(client, repo, maker):
    revisions.commit(
        repo,
        author=maker,
        operations=[revisions.AddFile("config.json", b"{}")],
        summary="Empty the config",
    )
    page = client.get("/maker/counter/tree/main").content.decode()
    assert "Empty the config" in page
    assert "Add the card" in page
    assert "notes" in page


def test_a_folder_and_a_file_open(client, repo):
    assert "one.txt" in client.get("/maker/counter/tree/main/notes").content.decode()
    assert "second line" in client.get("/maker/counter/blob/main/notes/one.txt").content.decode()


def test_a_file_at_an_old_commit_is_that_of_then(client, repo, maker):
    before = revisions.resolve(repo).oid
    revisions.commit(
        repo,
        author=maker,
        operations=[revisions.AddFile("notes/one.txt", b"rewritten\n")],
        summary="Rewrite",
    )
    page = client.get(f"/maker/counter/blob/{before}/notes/one.txt").content.decode()
    assert "second line" in page
    assert "rewritten" not in page


def test_a_commit_shows_what_it_changed_line_by_line(client, repo, maker):
    done = revisions.commit(
        repo,
        author=maker,
        operations=[
            revisions.AddFile("notes/one.txt", b"first line\nanother line\n"),
            revisions.DeletePath("config.json"),
        ],
        summary="Change a line",
    )
    page = client.get(f"/maker/counter/commit/{done.oid}").content.decode()
    assert "<i>2</i><i></i><b>− second line" in page
    assert "<i></i><i>2</i><b>+ another line" in page
    assert "config.json" in page


def test_branches_with_slashes_open(client, repo, maker):
    from models_registry import refs

    refs.create_branch(repo, "feature/zh", start="main", by=maker)
    page = client.get("/maker/counter/blob/feature/zh/notes/one.txt")
    assert page.status_code == 200


@pytest.mark.parametrize("tail", TAILS)
def test_outsider_cannot_tell_a_private_repo_from_a_missing_one(
    sign_in, outsider, private_repo, tail
):
    signed_in = sign_in(outsider)
    hidden = signed_in.get(f"/maker/secret{tail}")
    missing = signed_in.get(f"/maker/never{tail}")
    assert hidden.status_code == missing.status_code == 404
    assert plain(hidden, "secret") == plain(missing, "never")


@pytest.mark.parametrize("tail", ["/tree/nowhere", "/blob/main/none.txt", "/commit/" + "0" * 40])
def test_what_is_not_there_is_a_404_with_a_sentence(client, repo, tail):
    answer = client.get(f"/maker/counter{tail}")
    assert answer.status_code == 404
    assert b"<h1" in answer.content


def test_an_old_name_leads_to_the_new_one(sign_in, client, repo, maker):
    moved = sign_in(maker).post(
        "/maker/counter/move", {"to-owner": "maker", "to-name": "word-counter"}
    )
    assert moved.status_code == 302
    answer = client.get("/maker/counter/blob/main/README.md")
    assert answer.status_code == 302
    assert answer["Location"] == "/maker/word-counter/blob/main/README.md"


def test_another_case_of_the_name_leads_to_the_canonical_one(client, repo):
    answer = client.get("/Maker/COUNTER")
    assert answer.status_code == 302
    assert answer["Location"] == "/maker/counter"


def test_maker_makes_a_repo_in_the_browser(sign_in, maker):
    answer = sign_in(maker).post(
        "/new", {"kind": "model", "owner": "maker", "name": "fresh", "visibility": "public"}
    )
    assert answer.status_code == 302
    assert answer["Location"] == "/maker/fresh"


@pytest.mark.parametrize("name", ["-x", "a--b", "a/b", "x.git", "", "ü"])
def test_a_bad_name_is_said_on_the_form(sign_in, maker, name):
    answer = sign_in(maker).post(
        "/new", {"kind": "model", "owner": "maker", "name": name, "visibility": "public"}
    )
    assert answer.status_code == 422


def test_a_taken_name_is_said_on_the_form(sign_in, maker, repo):
    answer = sign_in(maker).post(
        "/new", {"kind": "model", "owner": "maker", "name": "Counter", "visibility": "public"}
    )
    assert answer.status_code == 422
    assert b"already exists" in answer.content


def test_outsider_cannot_make_repos_in_another_namespace(sign_in, outsider, maker):
    answer = sign_in(outsider).post(
        "/new", {"kind": "model", "owner": "maker", "name": "theirs", "visibility": "public"}
    )
    assert answer.status_code == 422


@pytest.mark.parametrize("page", ["settings", "upload"])
def test_outsider_has_no_way_to_change_a_repo(sign_in, outsider, client, repo, page):
    assert sign_in(outsider).get(f"/maker/counter/{page}").status_code == 403
    assert client.get(f"/maker/counter/{page}").status_code == 302  # to the sign-in page


def test_deleting_needs_the_name_typed(sign_in, maker, client, repo):
    owner = sign_in(maker)
    owner.post("/maker/counter/delete", {"confirm": "counter"})
    assert client.get("/maker/counter").status_code == 200
    owner.post("/maker/counter/delete", {"confirm": "maker/counter"})
    assert client.get("/maker/counter").status_code == 404


def test_files_come_in_by_a_plain_form(sign_in, maker, client, repo):
    from django.core.files.uploadedfile import SimpleUploadedFile

    answer = sign_in(maker).post(
        "/maker/counter/upload",
        {
            "files": [
                SimpleUploadedFile("extra.txt", b"by form\n"),
                SimpleUploadedFile("weights.safetensors", b"\x02\0\0\0\0\0\0\0{}"),
            ],
            "folder": "more",
        },
    )
    assert answer.status_code == 302
    assert "by form" in client.get("/maker/counter/blob/main/more/extra.txt").content.decode()
    entry = revisions.entry(revisions.resolve(repo), "more/weights.safetensors")
    assert entry.lfs


@pytest.mark.parametrize("folder", ["../up", ".git", "a//b\\c"])
def test_hostile_folders_are_refused_on_the_form(sign_in, maker, repo, folder):
    from django.core.files.uploadedfile import SimpleUploadedFile

    head = revisions.resolve(repo).oid
    answer = sign_in(maker).post(
        "/maker/counter/upload",
        {"files": SimpleUploadedFile("x.txt", b"x"), "folder": folder},
    )
    assert answer.status_code == 422
    assert revisions.resolve(repo).oid == head


def test_voter_asks_for_access_and_maker_decides(sign_in, maker, voter, client, repo):
    owner = sign_in(maker)
    owner.post("/maker/counter/settings", {"visibility": "public", "gated": "manual"})
    asking = sign_in(voter)
    assert asking.get("/maker/counter/download/main/config.json").status_code == 403
    assert asking.post("/maker/counter/ask-access", {}).status_code == 302
    assert b"waiting" in asking.get("/maker/counter").content
    asked = repo.access_requests.get(person=voter)
    owner.post(f"/maker/counter/access/{asked.uuid}", {"decision": "accept"})
    assert asking.get("/maker/counter/download/main/config.json").status_code == 302


def test_a_forged_form_changes_nothing(maker, repo):
    forging = Client(enforce_csrf_checks=True)
    forging.force_login(maker, backend="django.contrib.auth.backends.ModelBackend")
    answer = forging.post("/maker/counter/delete", {"confirm": "maker/counter"})
    assert answer.status_code == 403
    repo.refresh_from_db()
