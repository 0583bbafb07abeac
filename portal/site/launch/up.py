"""`./commonhold up`: install what is missing, set up, start everything, keep it running."""

import argparse
import os
import threading
import time
import urllib.error
import urllib.request

from portal.site.launch import Trouble, greeting, ground, install, prepare, state
from portal.site.launch.children import Child, Supervisor, say
from portal.site.launch.mails import Mails
from portal.site.launch.places import ROOT
from portal.site.launch.plan import Plan

READY_SECONDS = 120


def up(asked: argparse.Namespace) -> int:
    """Run until a signal asks to stop; return the exit status."""
    ground.check_platform()
    plan = Plan.of(asked)
    with state.alone(plan.data):
        for port in plan.ports:
            ground.check_port(port)
        ground.check_disk(plan.data, ground.RUN_BYTES, "a running portal")
        install.install()
        state.keep_addresses(plan.data, public=plan.public_url, content=plan.content_url)
        with Supervisor(ROOT, plan.environment()) as supervisor:
            supervisor.changed = lambda: _write_state(plan, supervisor)
            _run(plan, supervisor)
    print("Stopped.", flush=True)
    return 0


def _run(plan: Plan, supervisor: Supervisor) -> None:
    began = time.monotonic()
    if not os.environ.get("EMAIL_URL"):
        supervisor.each_tick.append(Mails(plan.data / "mail").show_new)
    for child in plan.broker():
        supervisor.start(child)
    if not (prepare.prepare(plan, supervisor) and prepare.seed(plan, supervisor)):
        return
    # Pages first: whoever waits, waits for them.
    supervisor.start(plan.pages())
    if not _wait_for_pages(plan.port, supervisor):
        return
    print(greeting.text(plan), flush=True)
    say("up", f"the first page answered after {time.monotonic() - began:.1f} s")
    for child in [*plan.transfers(), *plan.workers(), plan.beat()]:
        supervisor.start(child)
    answers = _Answers(plan.ports)
    if supervisor.wait_until(lambda: _all_ready(supervisor, answers), READY_SECONDS):
        say("up", f"all parts are ready after {time.monotonic() - began:.1f} s")
    elif not supervisor.stopping:
        late = [child.name for child in supervisor.children if not child.is_ready]
        say("up", f"still waiting for {', '.join(late) or 'an answer'}; going on without")
    supervisor.run()
    print("Stopping ...", flush=True)


def _wait_for_pages(port: int, supervisor: Supervisor) -> bool:
    answers = _Answers([port])
    if supervisor.wait_until(answers.all_given, READY_SECONDS):
        return True
    if supervisor.stopping:
        return False
    raise Trouble("The pages did not start within two minutes; the lines above say why.")


def _all_ready(supervisor: Supervisor, answers: "_Answers") -> bool:
    return all(child.is_ready for child in supervisor.children) and answers.all_given()


class _Answers:
    """Asks ports over HTTP, beside the loop, until each has given any answer."""

    def __init__(self, ports: list[int]) -> None:
        self._given = [threading.Event() for _ in ports]
        for port, given in zip(ports, self._given, strict=True):
            threading.Thread(target=self._ask, args=(port, given), daemon=True).start()

    def all_given(self) -> bool:
        return all(given.is_set() for given in self._given)

    def _ask(self, port: int, given: threading.Event) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=30).close()
            except urllib.error.HTTPError:
                pass  # any answer says that it serves
            except OSError:
                time.sleep(0.05)
                continue
            given.set()
            return


def _write_state(plan: Plan, supervisor: Supervisor) -> None:
    pids = {child.name: _pid(child) for child in supervisor.children}
    state.write(plan.data, {"url": plan.public_url, "pid": os.getpid(), "children": pids})


def _pid(child: Child) -> int | None:
    return child.process.pid if child.process is not None else None
