"""The command line of `./commonhold`."""

import argparse
import errno
import sys

from portal.site.launch import Trouble

NOT_WRITABLE = (
    "This user may not write to {}: name another folder with --data, or change its owner."
)
SENTENCES = {
    errno.ENOSPC: "The disk of {} is full: free some space and start again.",
    errno.EDQUOT: "The disk quota for {} is used up: free some space and start again.",
    errno.EACCES: NOT_WRITABLE,
    errno.EPERM: NOT_WRITABLE,
    errno.EROFS: "The disk of {} is read-only: name another folder with --data.",
    errno.ENOTDIR: "{} is not in a folder: name another one with --data.",
    errno.EEXIST: "{} is a file, not a folder: name another one with --data.",
}


def parser() -> argparse.ArgumentParser:
    whole = argparse.ArgumentParser(
        prog="./commonhold",
        description="A portal where a community publishes open weights and governs itself.",
    )
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _up(commands.add_parser("up", help="install what is missing and start everything"))
    _test(commands.add_parser("test", help="run what CI runs"))
    doctor = commands.add_parser("doctor", help="say what is wrong here and what to do")
    _where(doctor)
    code = commands.add_parser("code", help="print a demo person's current one-time code")
    code.add_argument("name", metavar="NAME", help="a demo person, for example admin")
    code.add_argument("--data", metavar="FOLDER", help="the data folder (default: ./var)")
    return whole


def _where(command: argparse.ArgumentParser) -> None:
    command.add_argument("--port", type=int, default=8000, help="of the pages (default: 8000)")
    command.add_argument("--data", metavar="FOLDER", help="the data folder (default: ./var)")


def _up(command: argparse.ArgumentParser) -> None:
    _where(command)
    command.add_argument("--no-demo", action="store_true", help="start without a demo community")
    command.add_argument(
        "--public-url", metavar="URL", help="what browsers use (default: http://localhost:PORT)"
    )
    command.add_argument(
        "--one-port", action="store_true", help="serve members' files from the pages' port too"
    )


def _test(command: argparse.ArgumentParser) -> None:
    command.add_argument("--full", action="store_true", help="slow, chaos, all client versions")
    command.add_argument("--big", action="store_true", help="also files of 10 GB")
    command.add_argument("--quick", action="store_true", help="only lint and the SQLite tests")


def run(words: list[str]) -> int:
    """Do what the words say; return the exit status."""
    asked = parser().parse_args(words)
    try:
        return _do(asked)
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    except OSError as error:
        if error.errno not in SENTENCES:
            raise
        print(SENTENCES[error.errno].format(error.filename or "the data folder"), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _do(asked: argparse.Namespace) -> int:
    if asked.command == "up":
        from portal.site.launch import up

        return up.up(asked)
    if asked.command == "test":
        from portal.site.launch import suite

        return suite.test(full=asked.full, big=asked.big, quick=asked.quick)
    if asked.command == "doctor":
        from portal.site.launch import doctor

        return doctor.doctor(asked)
    from portal.site.launch import demo

    print(demo.code(asked.name, asked.data))
    return 0
