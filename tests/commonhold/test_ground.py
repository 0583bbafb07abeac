"""What must hold before anything starts, each failure one clear sentence."""

import errno
import socket
from pathlib import Path

import pytest

from portal.site.launch import Trouble, commands, ground, places, plan


@pytest.mark.parametrize(
    ("system", "machine", "libc", "words"),
    [
        ("win32", "AMD64", ("", ""), "Linux and macOS, not on win32"),
        ("darwin", "x86_64", ("", ""), "Apple silicon"),
        ("linux", "riscv64", ("glibc", "2.36"), "x86-64 or arm64 processor; this one is riscv64"),
        ("linux", "x86_64", ("glibc", "2.27"), "glibc 2.28 or newer"),
        ("linux", "aarch64", ("", ""), "another C library"),
    ],
)
def test_an_unsupported_platform_gets_a_sentence(system, machine, libc, words):
    with pytest.raises(Trouble, match=words) as told:
        ground.check_platform(system, machine, libc)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("system", "machine", "libc"),
    [
        ("linux", "x86_64", ("glibc", "2.28")),
        ("linux", "aarch64", ("glibc", "2.41")),
        ("darwin", "arm64", ("", "")),
    ],
)
def test_a_supported_platform_passes(system, machine, libc):
    ground.check_platform(system, machine, libc)


def test_a_full_disk_gets_a_sentence(tmp_path: Path):
    with pytest.raises(Trouble, match=r"has [\d.]+ GiB free, and the installation needs 1048576"):
        ground.check_disk(tmp_path / "not" / "made" / "yet", 2**50, "the installation")


@pytest.mark.parametrize("address", ground.loopback())
def test_a_port_in_use_on_either_loopback_gets_a_sentence(address: str):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as listener:
        listener.bind((address, 0))
        listener.listen()
        port = listener.getsockname()[1]
        with pytest.raises(Trouble, match=f"Port {port} is in use"):
            ground.check_port(port)
    ground.check_port(port)


def test_a_data_folder_that_cannot_be_gets_a_sentence(tmp_path: Path, capsys):
    (tmp_path / "file").write_text("")
    for named, words in (("file", "is a file, not a folder"), ("file/var", "is not in a folder")):
        assert commands.run(["up", "--data", str(tmp_path / named)]) == 1
        said = capsys.readouterr().err
        assert f"{tmp_path / 'file'}" in said and words in said and said.count("\n") == 1


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "The disk of /srv/var is full"),
        (errno.EROFS, "The disk of /srv/var is read-only"),
        (errno.EACCES, "This user may not write to /srv/var"),
    ],
)
def test_what_the_disk_refuses_later_gets_a_sentence_too(monkeypatch, capsys, number, words):
    def refused(asked):
        raise OSError(number, "as the system says it", "/srv/var")

    monkeypatch.setattr(commands, "_do", refused)
    assert commands.run(["up"]) == 1
    said = capsys.readouterr().err
    assert said.startswith(words) and said.count("\n") == 1


def test_a_number_that_is_no_port_gets_a_sentence():
    with pytest.raises(Trouble, match="70000 is not a port"):
        ground.check_port(70000)


def test_torch_for_cuda_is_told_from_its_files(tmp_path: Path, monkeypatch):
    """Importing torch to ask would cost seconds in a process that never needs it."""
    monkeypatch.setattr(ground.os.path, "exists", lambda path: path == "/dev/nvidiactl")
    folder = tmp_path / "lib" / "python3.11" / "site-packages" / "torch"
    folder.mkdir(parents=True)
    (folder / "version.py").write_text("cuda: Optional[str] = None\nhip: Optional[str] = '6'\n")
    assert not ground.has_cuda(tmp_path)
    (folder / "version.py").write_text("cuda: Optional[str] = '12.9'\n")
    assert ground.has_cuda(tmp_path)


# --- the plan ---------------------------------------------------------------------------------
def planned(*words: str) -> plan.Plan:
    return plan.Plan.of(commands.parser().parse_args(["up", *words]))


def test_the_default_is_two_ports_of_localhost():
    default = planned("--port", "18150")
    assert default.public_url == "http://localhost:18150"
    assert default.content_url == "http://localhost:18151"
    assert default.ports == [18150, 18151]


def test_one_port_serves_content_from_the_pages_origin():
    single = planned("--port", "18150", "--one-port")
    assert single.content_url == single.public_url
    assert single.ports == [18150]
    assert single.pages().env["COMMONHOLD_ROLE"] == "both"
    assert single.transfers() == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--public-url", "models.example.org"], "not an address of a site"),
        (["--public-url", "https://models.example.org/path"], "not an address of a site"),
        (["--public-url", "https://models.example.org"], "COMMONHOLD_CONTENT_URL"),
        (["--public-url", "https://models.example.org", "--one-port"], "add --no-demo"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(words: list[str], told: str):
    with pytest.raises(Trouble, match=told):
        planned(*words)


def test_a_socket_in_a_deep_folder_gets_a_short_path(tmp_path: Path):
    deep = tmp_path / ("d" * 120)
    short = places.broker_socket(deep)
    assert len(str(short)) <= places.LONGEST_SOCKET
    assert short == places.broker_socket(deep)
    assert short != places.broker_socket(tmp_path / ("e" * 120))
    assert places.broker_socket(Path("/srv/var")) == Path("/srv/var/run/valkey.sock")
