#!/usr/bin/env python3
"""Write the hash locks from requirements.txt: `python requirements/compile.py` (needs `uv`).

All are installed with `pip install --no-deps --require-hashes -r FILE`: web.txt (a host without
evaluation), lock.txt (everything that runs; worker.txt is another name of it), test.txt (lock.txt
and what tests need); peers.txt, from peers.in, into an environment apart from them. torch and its
accelerator libraries are left out: their build depends on the machine, so torch is installed first
by its own command. Its pure dependencies are in the lock.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Entries for other Pythons and systems than ours; without them a name stands once in a lock.
ELSEWHERE = re.compile(r".*(>= '3\.12'|< '3\.11\.3'|== 'win32'|== 'emscripten')")
MACHINE_DEPENDENT = re.compile(r"torch|triton|nvidia-.*|cuda-.*|pytorch-triton.*")


def sections(text: str) -> dict[str, str]:
    """Return the requirements under each `# == name` heading, each with those before it."""
    parts = re.split(r"(?m)^# == (\w+).*$", text)
    found, so_far = {}, ""
    for name, body in zip(parts[1::2], parts[2::2], strict=True):
        so_far += body
        found[name] = so_far
    return found


def resolve(requirements: str, uv: str, *options: str) -> str:
    """Return the complete lock of these requirements for every supported platform."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "in.txt"
        source.write_text(requirements)
        command = [uv, "pip", "compile", "--universal", "--python-version", "3.11"]
        command += ["--generate-hashes", "--no-header", "--no-annotate", "--quiet", *options]
        run = subprocess.run([*command, str(source)], text=True, check=True, stdout=subprocess.PIPE)
    return run.stdout


def packages(lock: str) -> dict[str, str]:
    """Return name -> its lines in the lock, in order, of the platforms we support."""
    entries = [entry for entry in re.split(r"(?m)^(?=[a-zA-Z0-9])", lock) if entry.strip()]
    named = {re.split(r"[\[=@ ;]", e)[0]: e for e in entries if not ELSEWHERE.match(e)}
    return {name: entry for name, entry in named.items() if not MACHINE_DEPENDENT.fullmatch(name)}


def main() -> None:
    uv, options = (sys.argv[1], sys.argv[2:]) if len(sys.argv) > 1 else ("uv", [])
    peers = resolve((ROOT / "requirements" / "peers.in").read_text(), uv, *options)
    write("peers", packages(peers))
    wanted = sections((ROOT / "requirements.txt").read_text())
    # One resolution, that of everything, decides every version; the others are its subsets.
    everything = resolve(wanted["test"], uv, *options)
    with tempfile.TemporaryDirectory() as folder:
        decided = Path(folder) / "decided.txt"
        decided.write_text(re.sub(r" \\\n|\s+--hash=\S+", "\n", everything))
        options += ["--constraint", str(decided)]
        web = packages(resolve(wanted["web"], uv, *options))
        running = packages(resolve(wanted["worker"], uv, *options))
    tests = {name: entry for name, entry in packages(everything).items() if name not in running}
    write("web", web)
    write("lock", running)
    write("worker", {"": "-r lock.txt\n"})
    write("test", {"": "-r lock.txt\n"} | tests)


def write(name: str, entries: dict[str, str]) -> None:
    text = "# Written by requirements/compile.py.\n" + "".join(entries.values())
    (ROOT / "requirements" / f"{name}.txt").write_text(text)


if __name__ == "__main__":
    main()
