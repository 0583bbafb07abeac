"""Talking about a repo and merging what others propose, on its pages."""

import pytest

from models_registry import revisions
from models_registry.discussions import talking
from models_registry.models import Discussion

pytestmark = pytest.mark.django_db


@pytest.fixture
def thread(repo, outsider):
    return talking.open_discussion(repo, by=outsider, title="A question", text="Is it **small**?")


@pytest.fixture
def pull(repo, outsider):
    operation = revisions.AddFile("notes/one.txt", b"first line\nthird line\n")
    done = revisions.commit(
        repo, author=outsider, operations=[operation], summary="Better notes", create_pr=True
    )
    return Discussion.objects.select_related("repo__namespace").get(number=done.pr_number)


def test_a_discussion_is_started_and_answered(sign_in, repo, outsider, maker):
    page = sign_in(outsider)
    answer = page.post(f"{repo.path}/discussions/new", {"title": "How?", "text": "*Tell* me."})
    assert answer.status_code == 302
    here = answer["Location"]
    shown = page.get(here).content.decode()
    assert "<em>Tell</em> me." in shown
    sign_in(maker).post(f"{here}/do", {"deed": "comment", "text": "Like this."})
    sign_in(maker).post(f"{here}/do", {"deed": "close", "text": "Done."})
    thread = Discussion.objects.get()
    assert thread.state == "closed"
    assert [entry.text for entry in thread.entries.all()] == [
        "*Tell* me.", "Like this.", "Done.", "",
    ]  # fmt: skip
    shown = page.get(here).content.decode()
    assert "closed this" in shown


def test_an_empty_comment_is_refused_on_the_page(sign_in, thread, maker):
    here = thread.get_absolute_url()
    answer = sign_in(maker).post(f"{here}/do", {"deed": "comment", "text": "  "})
    assert answer.status_code == 422
    assert "Write something first." in answer.content.decode()
    assert thread.entries.count() == 1


def test_lists_keep_their_ceiling(client, repo, outsider, django_assert_max_num_queries):
    for number in range(12):
        talking.open_discussion(repo, by=outsider, title=f"Question {number}")
    client.get(f"{repo.path}/discussions")
    with django_assert_max_num_queries(8):
        page = client.get(f"{repo.path}/discussions").content.decode()
    assert "Question 11" in page
    assert "Question 11" not in client.get(f"{repo.path}/discussions?q=10").content.decode()
    assert (
        "Nothing like this" in client.get(f"{repo.path}/discussions?state=closed").content.decode()
    )


def test_a_thread_keeps_its_ceiling(client, thread, maker, django_assert_max_num_queries):
    for number in range(20):
        talking.comment(thread, by=maker, text=f"Answer {number}")
    client.get(thread.get_absolute_url())
    with django_assert_max_num_queries(10):
        client.get(thread.get_absolute_url())


def test_a_pull_request_shows_what_it_changes_and_is_merged(sign_in, client, pull, repo, maker):
    here = pull.get_absolute_url()
    changes = client.get(f"{here}/changes").content.decode()
    assert "third line" in changes
    assert "second line" in changes
    page = sign_in(maker)
    assert "This can be merged without conflict." in page.get(here).content.decode()
    assert page.post(f"{here}/do", {"deed": "merge", "text": ""}).status_code == 302
    pull.refresh_from_db()
    repo.refresh_from_db()
    assert pull.state == "merged"
    assert pull.merged_oid == repo.head_oid


def test_a_conflict_is_named_and_nothing_is_merged(sign_in, pull, repo, maker):
    operation = revisions.AddFile("notes/one.txt", b"another line\n")
    revisions.commit(repo, author=maker, operations=[operation], summary="Meanwhile")
    page = sign_in(maker)
    shown = page.get(pull.get_absolute_url()).content.decode()
    assert "Both sides changed the same files" in shown
    answer = page.post(f"{pull.get_absolute_url()}/do", {"deed": "merge", "text": ""})
    assert answer.status_code == 422
    pull.refresh_from_db()
    assert pull.state == "open"


def test_strangers_see_no_deeds_and_can_do_none(sign_in, client, thread, voter):
    here = thread.get_absolute_url()
    assert "Sign in to take part" in client.get(here).content.decode()
    assert client.post(f"{here}/do", {"deed": "comment", "text": "x"}).status_code == 302
    stranger = sign_in(voter)
    assert 'value="close"' not in stranger.get(here).content.decode()
    for deed in ("close", "rename", "merge"):
        answer = stranger.post(f"{here}/do", {"deed": deed, "text": "", "title": "mine"})
        assert answer.status_code == 403
    thread.refresh_from_db()
    assert (thread.state, thread.title) == ("open", "A question")


def test_a_comment_is_edited_by_its_author_and_hidden_by_who_may_write(
    sign_in, thread, outsider, maker
):
    entry = thread.entries.get()
    where = f"{thread.get_absolute_url()}/comments/{entry.uuid}"
    assert sign_in(maker).get(where).status_code == 403
    author = sign_in(outsider)
    assert "Is it **small**?" in author.get(where).content.decode()
    author.post(where, {"text": "Is it tiny?"})
    entry.refresh_from_db()
    assert (entry.text, entry.versions.get().text) == ("Is it tiny?", "Is it **small**?")
    assert "cannot be taken back" in sign_in(maker).get(f"{where}?deed=hide").content.decode()
    sign_in(maker).post(where, {"deed": "hide"})
    shown = author.get(thread.get_absolute_url()).content.decode()
    assert "tiny" not in shown
    assert "This comment was hidden." in shown


def test_what_is_said_in_a_private_repo_is_missing_for_others(
    sign_in, private_repo, maker, outsider
):
    secret = talking.open_discussion(private_repo, by=maker, title="Between us")
    stranger = sign_in(outsider)
    for tail in ("", "/1", "/1/changes", "/new"):
        address = f"{private_repo.path}/discussions{tail}"
        assert stranger.get(address).status_code == 404
    assert sign_in(maker).get(secret.get_absolute_url()).status_code == 200


def test_those_who_take_part_are_told_but_for_who_spoke(thread, voter):
    from models_registry.discussions import notices

    entry = talking.comment(thread, by=voter, text="I wonder too.")
    told = notices.tell(notices.entry_of(entry.pk))
    assert {notice.person.username for notice in told} == {"maker", "outsider"}
    assert "I wonder too." in told[0].body


def test_every_entry_of_a_thread_has_an_address(sign_in, thread, maker):
    talking.rename(thread, by=maker, title="Another question")
    talking.change_state(thread, by=maker, state="closed")
    page = sign_in(maker).get(thread.get_absolute_url()).content.decode()
    for entry in thread.entries.all():
        assert f'id="{entry.uuid}"' in page and f'href="#{entry.uuid}"' in page


def test_a_text_is_shown_as_it_will_look_and_kept_nowhere(sign_in, thread, outsider):
    author, said = sign_in(outsider), {"deed": "preview", "text": "so **bold** <script>x</script>"}
    entry, here = thread.entries.get(), thread.get_absolute_url()
    new = f"{thread.repo.path}/discussions/new"
    for address, form in (
        (f"{here}/do", said),
        (f"{here}/comments/{entry.uuid}", said),
        (new, said | {"title": "A title"}),
    ):
        answer = author.post(address, form)
        page = answer.content.decode()
        assert answer.status_code == 200 and 'id="preview"' in page
        assert "<strong>bold</strong>" in page and "<script>x" not in page
        assert "so **bold**" in page, "the text is still in its field"
    assert thread.repo.discussions.count() == 1 and thread.entries.count() == 1
    entry.refresh_from_db()
    assert "bold" not in entry.text
