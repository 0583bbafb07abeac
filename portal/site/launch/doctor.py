"""`./commonhold doctor`: what is wrong here, and what to do."""

import argparse
import os
import shutil
import subprocess
from collections.abc import Callable

from portal.site.launch import Trouble, ground, install, state, valkey
from portal.site.launch.places import PYTHON, ROOT, VENV, broker_socket, data_folder


def doctor(asked: argparse.Namespace) -> int:
    """Ask the machine, then the installation; return 1 if anything is wrong."""
    data = data_folder(asked.data)
    print(f"Commonhold in {ROOT}, data in {data}")
    wrong = 0
    for part, ask in _questions(asked).items():
        try:
            print(f"  ok    {part}: {ask()}")
        except Trouble as trouble:
            wrong += 1
            print(f"  WRONG {part}: {trouble}")
    if not PYTHON.exists():
        return 1
    environment = {**os.environ, "COMMONHOLD_DATA": str(data)}
    if not os.environ.get("COMMONHOLD_BROKER_URL"):
        environment["COMMONHOLD_BROKER_URL"] = f"redis+socket://{broker_socket(data)}"
    words = [str(PYTHON), "-W", "ignore", "manage.py", "diagnose"]
    asked_django = subprocess.run(words, cwd=ROOT, env=environment, check=False)
    return 1 if wrong or asked_django.returncode else 0


def _questions(asked: argparse.Namespace) -> dict[str, Callable[[], str]]:
    return {
        "platform": _platform,
        "packages": _packages,
        "disk": lambda: _disk(asked),
        "ports": lambda: _ports(asked),
        "valkey": valkey.program,
    }


def _platform() -> str:
    ground.check_platform()
    return "this system is supported."


def _packages() -> str:
    if not install.is_current():
        raise Trouble(f"{VENV} is not what the lock says: ./commonhold up installs it.")
    return f"{VENV} is what the lock says."


def _disk(asked: argparse.Namespace) -> str:
    data = data_folder(asked.data)
    ground.check_disk(data, ground.RUN_BYTES, "a running portal")
    nearest = next(folder for folder in (data, *data.parents) if folder.exists())
    return f"{shutil.disk_usage(nearest).free / 2**30:.1f} GiB are free."


def _ports(asked: argparse.Namespace) -> str:
    running = state.running(data_folder(asked.data))
    if running is not None:
        return f"Commonhold runs at {running['url']} (process {running['pid']})."
    for port in (asked.port, asked.port + 1):
        ground.check_port(port)
    return f"{asked.port} and {asked.port + 1} are free."
