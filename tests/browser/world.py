"""Fill a data folder with what the pages need to show: `python -m tests.browser.world`.

Prints one JSON object: the parts of addresses that are known only now. `COMMONHOLD_DATA` names
the folder; the cast is in it already.
"""

import json
import os
import sys
from typing import Any

CARD = """---
license: apache-2.0
language: [en]
pipeline_tag: {task}
library_name: transformers
tags: [minilm, embeddings]
{more}---
# {title}

A small **sentence encoder**. It maps a sentence to 384 numbers.

## Use

```python
model = AutoModel.from_pretrained("maker/minilm")
```

| Source | Pairs |
|:--|--:|
| Reddit comments | 726,484,430 |

See the [configuration](config.json).
"""
REVIEWS = "text,label\nA warm and funny film,pos\nTwo wasted hours,neg\nI laughed a lot,pos\n"


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.site.settings")
    import django

    django.setup()
    from portal.people.models import Person

    people = {person.username: person for person in Person.objects.all()}
    known = filled(people)
    Person.objects.update(language="")  # for the pictures the browser decides
    json.dump(known, sys.stdout)


def filled(people: dict) -> dict[str, str]:
    """Make something of every kind; return the parts of addresses that are known only now."""
    agree(people)
    known = registry(people) | community(people)
    known |= evaluation(people["maker"])
    known |= governance(people) | mailed(people)
    log()
    return known


def agree(people: dict) -> None:
    from portal import agreements
    from portal.agreements.models import Document

    for person in people.values():
        documents = list(Document.objects.site_wide())
        for version in agreements.outstanding(person, documents):
            text = version.text_in("en")
            agreements.accept(
                person,
                version,
                language=text.language,
                text_sha256=text.sha256,
                session_key="",
                purpose="",
                ui={},
                scope={},
            )


def registry(people: dict) -> dict[str, str]:
    from models_registry import repos, revisions, watching
    from models_registry.gate import requests

    maker, voter, reader = people["maker"], people["voter"], people["reader_zh"]

    def make(owner, name: str, card: str, **fields: str):
        repo = repos.create(owner.namespace, name, by=owner, **fields)
        files = [
            revisions.AddFile("README.md", card.encode()),
            revisions.AddFile("config.json", b'{"model_type": "bert", "hidden_size": 384}'),
            revisions.AddFile("notes/training.txt", b"steps 1000\nlearning rate 2e-5\n"),
        ]
        revisions.commit(repo, author=owner, operations=files, summary="Add card and configuration")
        repo.refresh_from_db()
        return repo

    embed = CARD.format(task="sentence-similarity", title="MiniLM, six layers", more="")
    base = make(maker, "minilm", embed)
    tuned = CARD.format(
        task="text-classification", title="MiniLM for reviews", more="base_model: maker/minilm\n"
    )
    weigh(base, make(maker, "minilm-reviews", tuned), maker)
    improve(base, maker)
    gated = make(maker, "minilm-gated", embed)
    repos.settle(gated, by=maker, changes={"gated": "manual"})
    gated.refresh_from_db()
    requests.ask(gated, voter, fields={})
    watching.watch(base, voter)
    text = "---\nlicense: mit\nlanguage: zh\n---\n# 影评语料\n\n一千条中文影评，带有情感标签。\n"
    dataset = make(reader, "film-comments", text, kind="dataset")
    return {
        "head": base.head_oid,
        "dataset_head": dataset.head_oid,
        "comment": talk(base, maker, voter),
        "dataset_comment": talk(dataset, reader, maker),
    }


def weigh(base, tuned, maker) -> None:
    """Give both models weights; the second changed the last layers of the first."""
    import random

    from models_registry import revisions
    from tests.support.weights import safetensors
    from tests.support.xet import send

    def layer(number: int, seed: int) -> dict[str, bytes]:
        name, chance = f"bert.encoder.layer.{number}", random.Random(seed)
        return {
            f"{name}.attention.query.weight": chance.randbytes(90_000),
            f"{name}.attention.query.bias": chance.randbytes(384),
            f"{name}.output.dense.weight": chance.randbytes(130_000),
        }

    table = {"bert.embeddings.word_embeddings.weight": random.Random(99).randbytes(400_000)}
    common = table | layer(0, 0) | layer(1, 1) | layer(2, 2) | layer(3, 3)
    last = layer(4, 4) | {"bert.encoder.layer.4.output.dense.weight": bytes(130_000)}
    models = {
        base: common | layer(4, 4) | layer(5, 5) | {"pooler.dense.weight": bytes(9000)},
        tuned: common | last | layer(5, 6) | {"classifier.weight": bytes(1536)},
    }
    for repo, tensors in models.items():
        operation = send(repo, maker, safetensors(tensors))("model.safetensors")
        revisions.commit(repo, author=maker, operations=[operation], summary="Add the weights")
        repo.refresh_from_db()


def talk(repo, owner, guest) -> str:
    """Start a discussion and propose a change; return the id of the first comment."""
    from models_registry import revisions
    from models_registry.discussions import talking

    text = "Which layers did you *freeze*?\n\n```python\nmodel.config.num_hidden_layers\n```"
    thread = talking.open_discussion(repo, by=owner, title="How was it trained?", text=text)
    talking.comment(thread, by=guest, text="I would like to know as well.")
    talking.rename(thread, by=owner, title="Which layers were frozen?")
    talking.change_state(thread, by=owner, state="closed", text="None. 全部参与训练。")
    operation = revisions.AddFile("notes/training.txt", b"steps 4000\nlearning rate 3e-5\n")
    revisions.commit(
        repo, author=guest, operations=[operation], summary="Correct the rate", create_pr=True
    )
    return str(thread.entries.order_by("pk")[0].uuid)


def improve(repo, maker) -> None:
    """Change a few files, so that there is a history with differences."""
    from models_registry import revisions

    changes = [
        ("config.json", b'{"model_type": "bert", "hidden_size": 384, "num_hidden_layers": 6}'),
        ("notes/training.txt", b"steps 4000\nlearning rate 2e-5\nwarm-up 500\n"),
        ("tokenizer/vocab.txt", b"[PAD]\n[UNK]\n[CLS]\n[SEP]\nhello\nworld\n"),
    ]
    for path, content in changes:
        revisions.commit(
            repo,
            author=maker,
            operations=[revisions.AddFile(path, content)],
            summary=f"Describe {path} as it was used in the last training",
        )
    repo.refresh_from_db()


def community(people: dict) -> dict[str, str]:
    from portal.agreements.models import Acceptance
    from portal.jobs.models import Job
    from portal.notices.models import Notice
    from portal.organisations import room
    from portal.privacy import archives

    house = room.create(by=people["maker"], handle="lantern", display_name="Lantern Lab")
    room.invite(house, by=people["maker"], handle="voter", role="member")
    acceptance = Acceptance.objects.filter(person=people["maker"]).latest("created_at")
    notice = Notice.objects.filter(person=people["voter"]).latest("pk")
    archives.ask(people["maker"])
    job = Job.objects.filter(created_by=people["maker"]).latest("pk")
    return {"notice": str(notice.uuid), "acceptance": str(acceptance.pk), "job": str(job.uuid)}


def log() -> None:
    """Two signed heads, each by a key of its own."""
    from portal.events import keys, sequencer

    sequencer.sequence()
    keys.rotate()
    sequencer.sequence()


def mailed(people: dict) -> dict[str, str]:
    """The ends of addresses that stand in mails: to confirm, to choose a new password, to be told
    less."""
    from allauth.account.forms import default_token_generator
    from allauth.account.models import EmailAddress, EmailConfirmationHMAC
    from allauth.account.utils import user_pk_to_url_str

    from portal.notices import REGISTRY, choices

    moderator, voter = people["moderator"], people["voter"]
    new = EmailAddress.objects.create(user=moderator, email="ming@example.org")
    kind = next(kind.name for kind in REGISTRY.values() if not kind.mandatory)
    token = default_token_generator.make_token(moderator)
    return {
        "confirm": EmailConfirmationHMAC(new).key,
        "reset": f"{user_pk_to_url_str(moderator)}-{token}",
        "unsubscribe": choices.unsubscribe_token(voter, kind),
    }


def evaluation(maker) -> dict[str, str]:
    from finetuning.benchmarks import defining, formats
    from finetuning.submissions import submitting
    from models_registry.models import Repo
    from portal.access import Actor
    from portal.events.models import Event

    source = {"path": "", "format": "csv", "text_column": "text", "label_column": "label"}
    terms = defining.Terms(
        licence="mit", origin="", use="redistributable", source=source, split="test"
    )
    version = defining.define(
        "film-reviews",
        title="Film reviews",
        about="Is a review good or bad?",
        language="en",
        data=formats.table(REVIEWS, text_column="text", label_column="label"),
        terms=terms,
    )
    repo = Repo.objects.named("maker/minilm-reviews")
    entered = submitting.submit(Actor(maker), repo, version.benchmark)
    return {
        "submission": str(entered.submission.uuid),
        "run": str(entered.run.uuid),
        "event": str(Event.objects.latest("pk").uuid),
    }


def governance(people: dict) -> dict[str, str]:
    """What the demo makes, a draft, and the first poll counted."""
    import datetime as dt

    from governance import demo
    from governance.elections.models import Election
    from governance.feedback.models import FeedbackThread
    from governance.norms.clauses import Change
    from governance.polls.models import Poll
    from governance.proposals import advancing, drafting
    from governance.proposals.models import Proposal
    from portal.clock import shifted
    from portal.demo.cast import PARTS, Cast

    nothing: Any = None
    parts = {name: people[name] for name in PARTS}
    demo.seed(Cast(**parts, licensor=nothing, circle=nothing))
    with shifted(dt.timedelta(minutes=5)):
        advancing.sweep()
    draft = drafting.draft(
        by=people["maker"],
        title="Say it shorter",
        reasons="Nobody reads long sentences.",
        patch=[Change("replace", "N5.1", en="Be kind.", zh="与人为善。")],
    )
    return {
        "proposal": str(Proposal.objects.filter(state="deliberation").latest("pk").pk),
        "enacted": str(Proposal.objects.filter(state="enacted").latest("pk").pk),
        "draft": str(draft.pk),
        "poll": str(Poll.objects.filter(state="open", secret=False).latest("pk").pk),
        "secret": str(secret_poll(people["admin"]).pk),
        "counted": str(Poll.objects.filter(result__isnull=False).latest("pk").pk),
        "election": str(Election.objects.latest("pk").pk),
        "thread": str(FeedbackThread.objects.latest("pk").pk),
    }


def secret_poll(by) -> Any:
    """An open poll with secret ballots: of its own, since a receipt is shown once only."""
    from governance.polls import asking, opening

    names = {"mon": ("On Mondays", "每周一"), "fri": ("On Fridays", "每周五")}
    poll = asking.ask(
        by=by,
        question_en="When shall we meet?",
        question_zh="我们何时见面？",
        method="approval",
        options=[{"key": key, "en": en, "zh": zh} for key, (en, zh) in names.items()],
        secret=True,
    )
    opening.open_poll(poll)
    return poll


if __name__ == "__main__":
    main()
