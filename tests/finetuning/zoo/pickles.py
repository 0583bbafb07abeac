"""Pickles and the containers that loaders unpickle: each of them executes when it is loaded.

Beside the usual calls stand those that known scanners' deny-lists missed at some time, and files
that only create something, which need no code at all.
"""

import bz2
import cProfile
import functools
import gzip
import importlib
import io
import logging
import lzma
import marshal
import operator
import os
import pathlib
import pickle
import profile
import pty
import pydoc
import shutil
import sqlite3
import subprocess
import tarfile
import timeit
import uuid
import zipfile
from collections.abc import Callable

import numpy as np

from tests.finetuning.zoo.payload import CALL, MARKER, SHELL, Exec


def dumped(function: Callable[..., object], *arguments: object, protocol: int = 4) -> bytes:
    return pickle.dumps(Exec(function, *arguments), protocol=protocol)


def by_exec(protocol: int = 4) -> bytes:
    return dumped(exec, CALL, protocol=protocol)


# --- what is called: (function, its arguments) ---------------------------------------------------
IMPORTED = Exec(importlib.import_module, "os")
CODE = Exec(marshal.loads, marshal.dumps(compile(CALL, "weights", "exec")))
SH = ("sh", "-c", SHELL)
CALLS: dict[str, tuple[Callable[..., object], tuple[object, ...]]] = {
    "os.system": (os.system, (SHELL,)),
    "os.popen": (os.popen, (SHELL,)),
    "os.spawnlp": (os.spawnlp, (os.P_WAIT, "sh", *SH)),
    "pty.spawn": (pty.spawn, (list(SH),)),
    "subprocess.Popen": (subprocess.Popen, (SH,)),
    "subprocess.run": (subprocess.run, (SH,)),
    "subprocess.call": (subprocess.call, (SH,)),
    "subprocess.check_output": (subprocess.check_output, (SH,)),
    "subprocess.getoutput": (subprocess.getoutput, (SHELL,)),
    "exec": (exec, (CALL,)),
    "eval": (eval, (f"exec({CALL!r})",)),
    "exec of marshalled code": (exec, (CODE,)),
    "timeit": (timeit.timeit, (CALL, "pass", timeit.default_timer, 1)),
    "timeit.repeat": (timeit.repeat, (CALL, "pass", timeit.default_timer, 1, 1)),
    "cProfile": (cProfile.run, (CALL,)),
    "profile": (profile.run, (CALL,)),
    "pydoc.pipepager": (pydoc.pipepager, ("", SHELL)),
    "uuid's command": (uuid._get_command_stdout, SH),  # type: ignore[attr-defined]
    "numpy's runstring": (np.testing._private.utils.runstring, (CALL, {})),  # type: ignore[attr-defined]
    "functools.partial": (functools.partial(exec, CALL), ()),
    "map": (list, (Exec(map, exec, [CALL]),)),
    "methodcaller": (operator.methodcaller("system", SHELL), (IMPORTED,)),
    "getattr": (Exec(getattr, IMPORTED, "system"), (SHELL,)),  # type: ignore[dict-item]
    "a pickle in a pickle": (pickle.loads, (pickle.dumps(Exec(exec, CALL)),)),
    "open": (open, (MARKER, "w")),
    "io.FileIO": (io.FileIO, (MARKER, "w")),
    "os.mkdir": (os.mkdir, (MARKER,)),
    "Path.touch": (pathlib.Path.touch, (pathlib.Path(MARKER),)),
    "shutil.copyfile": (shutil.copyfile, ("/dev/null", MARKER)),
    "logging.FileHandler": (logging.FileHandler, (MARKER,)),
    "sqlite3.connect": (Exec(getattr, Exec(sqlite3.connect, MARKER), "execute"),
                        ("create table t (a)",)),
    "zipfile": (zipfile.ZipFile, (MARKER, "w")),
    "tarfile": (tarfile.TarFile, (MARKER, "w")),
}  # type: ignore[dict-item]  # fmt: skip


def calls() -> dict[str, bytes]:
    return {name: called(function, arguments) for name, (function, arguments) in CALLS.items()}


def called(function: object, arguments: tuple[object, ...]) -> bytes:
    """Pickle the call; where the function is itself the result of a call, call what comes out."""
    if isinstance(function, Exec):
        return pickle.dumps(Exec(operator.call, function, *arguments), protocol=4)  # type: ignore[attr-defined]
    return pickle.dumps(Exec(function, *arguments), protocol=4)  # type: ignore[arg-type]


def by_hand() -> dict[str, bytes]:
    """Streams that no pickler writes."""
    name, shell = b"\x80\x04\x8c\x09posixpath\x8c\x09os.system\x93", SHELL.encode()
    return {
        "dotted name": name + b"\x8c%c" % len(shell) + shell + b"\x85R.",
        "truncated": by_exec()[:-1] + b"\x8c",  # the call comes before the missing end
        "junk behind the end": by_exec() + os.urandom(64),
        "many thousand marks before": b"\x80\x04" + b"(0" * 5000 + by_exec()[2:],
        **{f"protocol {n}": by_exec(n) for n in (0, 1, 2, 3, 5)},
    }


# --- what they are wrapped in --------------------------------------------------------------------
def torch_zip(*, corrupt: bool = False, method: int = zipfile.ZIP_STORED) -> bytes:
    """A file of torch.save; with `corrupt` the checksum of its pickle is wrong."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr("archive/data.pkl", by_exec())
        archive.writestr("archive/version", b"3\n")
        archive.writestr("archive/byteorder", b"little")
    raw = buffer.getvalue()
    if not corrupt:
        return raw
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        checksum = archive.getinfo("archive/data.pkl").CRC.to_bytes(4, "little")
    return raw.replace(checksum, b"\xde\xad\xbe\xef")


def numpy_objects(*, archive: bool = False) -> bytes:
    array = np.empty(1, dtype=object)
    array[0] = Exec(exec, CALL)
    buffer = io.BytesIO()
    if archive:
        np.savez(buffer, weights=array)
    else:
        np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


COMPRESSED = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}
