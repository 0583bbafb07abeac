"""The last step before a sandboxed program: limits on itself, walls where bwrap is not, exec.

Stand-alone and standard library only: it is started as `python -I -S launch.py JSON -- argv`, so
that no limit is set in the (threaded) parent and none is missed by an early child. JSON holds
`rlimits`, `parent` (the process to die with) and, where there is no bubblewrap, `walls`.
"""

import ctypes
import json
import os
import resource
import signal
import struct
import sys

LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS, SIGKILL = 1, 38, 9
CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x20000, 0x4000000, 0x8000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REC, MS_PRIVATE = 2, 4, 8, 0x4000, 0x40000
# Landlock (linux/landlock.h): system calls 444-446; the rights that each ABI added.
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
READ_RIGHTS = 0b1101  # execute, read file, read directory
REWRITE_RIGHTS = 1 << 1 | 1 << 14  # write file, truncate
FILE_RIGHTS = 0b1100000000000111  # those that make sense on something that is no directory
FS_RIGHTS_OF_ABI = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}


def checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def limit(rlimits: dict[str, int]) -> None:
    for name, value in rlimits.items():
        number = getattr(resource, "RLIMIT_" + name)
        hard = resource.getrlimit(number)[1]
        wanted = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(number, (wanted, wanted))


def enter_namespaces() -> None:
    """Leave the host's users, mounts, network, processes and names; uid 65534 inside."""
    uid, gid = os.getuid(), os.getgid()
    flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET
    checked(LIBC.unshare(flags | CLONE_NEWIPC | CLONE_NEWUTS), "unshare")
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"65534 {uid} 1"),
        ("gid_map", f"65534 {gid} 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def mount(source: str, target: str, kind: str | None, flags: int, options: str | None) -> None:
    args = [None if text is None else text.encode() for text in (source, target, kind)]
    data = None if options is None else options.encode()
    checked(LIBC.mount(args[0], args[1], args[2], ctypes.c_ulong(flags), data), f"mount {target}")


def fresh_mounts(scratch: str, scratch_bytes: int) -> None:
    """Give this mount namespace its own /proc and a bounded scratch file system."""
    mount("none", "/", None, MS_REC | MS_PRIVATE, None)
    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, None)
    options = f"size={scratch_bytes},mode=0700"
    mount("tmpfs", scratch, "tmpfs", MS_NOSUID | MS_NODEV, options)


def landlock(readable: list[str], writable: list[str], devices: list[str], named: bool) -> None:
    """Refuse every file system access but those below; refuse TCP where the kernel can.

    `named`: threads may be named, by what the kernel lets a process write in its own /proc.
    """
    abi = LIBC.syscall(CREATE_RULESET, None, 0, 1)
    checked(abi, "landlock")
    everything = (1 << FS_RIGHTS_OF_ABI.get(abi, 16)) - 1
    attribute = struct.pack("=QQQ", everything, 0b11 if abi >= 4 else 0, 0b11 if abi >= 6 else 0)
    size = 8 if abi < 4 else 16 if abi < 6 else 24
    ruleset = checked(LIBC.syscall(CREATE_RULESET, attribute, size, 0), "landlock ruleset")
    for path in readable:
        allow(ruleset, path, READ_RIGHTS & everything)
    for path in writable:
        allow(ruleset, path, everything & ~1)
    for path in devices:
        allow(ruleset, path, (0b110 | 1 << 15) & everything)
    if named:
        # CUDA names its threads in /proc/self/task/N/comm, and gives up where it may not.
        allow(ruleset, "/proc/self", REWRITE_RIGHTS & everything)
    checked(LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    checked(LIBC.syscall(RESTRICT_SELF, ruleset, 0), "landlock restrict")
    os.close(ruleset)


def allow(ruleset: int, path: str, rights: int) -> None:
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    if not os.path.isdir(path):
        rights &= FILE_RIGHTS
    rule = struct.pack("=Qi", rights, handle)
    checked(LIBC.syscall(ADD_RULE, ruleset, 1, rule, 0), f"landlock rule {path}")
    os.close(handle)


def behind_walls(walls: dict, argv: list[str]) -> int:
    """Run `argv` as the first process of its own namespaces; return its exit status."""
    enter_namespaces()
    child = os.fork()
    if child == 0:
        checked(LIBC.prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0), "pdeathsig")
        fresh_mounts(walls["scratch"], walls["scratch_bytes"])
        scratch = [walls["scratch"]]
        landlock(walls["readable"], scratch, walls["devices"], walls["named"])
        os.chdir(walls["directory"])
        os.execve(argv[0], argv, walls["environment"])
    status = os.waitpid(child, 0)[1]
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def guard(worker: int) -> None:
    """Go on in a child, and stay behind as the one who ends the group when the worker dies.

    bubblewrap ties its inner process to itself only when its mounts stand, so that one whose outer
    half dies sooner would live on. A signal to the group misses nobody: a process that is being
    made is in it, or is not made. The sandboxed program leaves the group, but not its namespace,
    whose first process is in it.
    """
    signal.signal(signal.SIGTERM, lambda *_: os.killpg(0, SIGKILL))
    tie_to(worker, signal.SIGTERM)
    guarding = os.getpid()
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        tie_to(guarding, signal.SIGKILL)
        return
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    sys.exit(code if code >= 0 else 128 - code)


def tie_to(parent: int, number: int) -> None:
    """Let the kernel send this process a signal when its parent ends; leave if it already has."""
    checked(LIBC.prctl(PR_SET_PDEATHSIG, number, 0, 0, 0), "pdeathsig")
    if os.getppid() != parent:
        sys.exit("the worker died before the sandbox stood")


def main() -> None:
    order = json.loads(sys.argv[1])
    argv = sys.argv[3:]
    limit(order["rlimits"])
    guard(order["parent"])
    if order.get("walls"):
        sys.exit(behind_walls(order["walls"], argv))
    os.execve(argv[0], argv, {})


if __name__ == "__main__":
    main()
