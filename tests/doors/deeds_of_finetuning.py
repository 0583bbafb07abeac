"""The doors of submissions and runs. What a run itself does is recorded by its worker."""

from finetuning.benchmarks import defining, formats
from finetuning.evaluation.models import EvaluationRun
from finetuning.submissions import submitting
from portal.access import Actor
from tests.doors.world import World, deed, silent

silent("checks a signature, and changes nothing", "POST finetuning.evaluation.api.verify")


def benchmark(world: World):
    """A public benchmark of two sentences."""
    return defining.define(
        "tiny-ner",
        title="Tiny",
        about="A benchmark for tests.",
        language="en",
        data=formats.conll("Ada\tB-person\nsang\tO\n.\tO\n\nAcme\tB-group\nfell\tO\n.\tO\n\n"),
        terms=defining.Terms(use="redistributable", licence="CC0-1.0", resamples=200, budget=512),
    ).benchmark


def run_of(world: World) -> EvaluationRun:
    entered = submitting.submit(
        Actor(world.person()), world.repo, benchmark(world), rev="", base="acme/base"
    )
    return entered.run


@deed("POST finetuning.submissions.views.new", "finetuning:submission:created")
def submit(world: World):
    form = {"repo": world.repo.full_name, "benchmark": benchmark(world).slug, "base": "acme/base"}
    return world.browser().post("/submissions/new", form)


@deed("POST finetuning.submissions.api.submissions", "finetuning:submission:created")
def submit_by_api(world: World):
    body = {"repo": world.repo.full_name, "benchmark": benchmark(world).slug, "base": "acme/base"}
    return world.api("POST", "/api/v1/submissions", body)


@deed("POST finetuning.evaluation.views.cancel", "finetuning:run:cancelled")
def cancel_a_run(world: World):
    run = run_of(world)
    return world.browser().post(f"/runs/{run.uuid}/cancel")


@deed("POST finetuning.evaluation.api.cancel", "finetuning:run:cancelled")
def cancel_a_run_by_api(world: World):
    run = run_of(world)
    return world.api("POST", f"/api/v1/runs/{run.uuid}/cancel", {})
