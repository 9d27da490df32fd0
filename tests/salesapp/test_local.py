import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from salesapp import local


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout's .local of its own, with servers of one's own: nothing is started."""
    monkeypatch.setattr(local, "LOCAL", tmp_path / ".local")
    monkeypatch.setattr(local, "SOCKETS", tmp_path / "sockets")
    monkeypatch.setenv("DATABASE_URL", "postgis://elsewhere/x")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere")
    local.LOCAL.mkdir()
    return tmp_path


@contextmanager
def running(word: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process with this word in its command line."""
    command = [sys.executable, "-c", "print(flush=True); input()", word]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("name", ["gunicorn", "procrastinate", "redis", "postgres"])
def test_a_process_id_that_another_process_got_since_is_left_alone(folder: Path, name: str) -> None:
    (local.LOCAL / "redis").mkdir()
    (local.LOCAL / "postgres").mkdir()
    with running(f"/elsewhere/{name}") as foreign:
        files = [local.LOCAL / file for file in ("web.pid", "worker.pid", "redis/redis.pid", "postgres/postmaster.pid")]
        for file in files:
            file.write_text(f"{foreign.pid}\n")
        local.stop()
        assert foreign.poll() is None
    # whatever it ends it also forgets
    assert all(file.exists() for file in files)


def test_ones_own_process_is_ended_by_its_id(folder: Path) -> None:
    with running(local.WEB) as own:
        (local.LOCAL / "web.pid").write_text(f"{own.pid}\n")
        local.stop()
        assert own.wait() == -signal.SIGTERM
    assert not (local.LOCAL / "web.pid").exists()


def test_a_link_in_place_of_the_socket_folder_is_not_followed(folder: Path) -> None:
    victim = folder / "victim"
    victim.mkdir(mode=0o755)
    local.SOCKETS.symlink_to(victim)
    before = victim.stat()
    with pytest.raises(SystemExit, match="belongs to somebody else"):
        local.start()
    assert (victim.stat().st_uid, victim.stat().st_mode) == (before.st_uid, before.st_mode)


def test_the_socket_folder_is_closed_to_others(folder: Path) -> None:
    local.SOCKETS.mkdir(mode=0o777)
    local.SOCKETS.chmod(0o777)
    local.start()
    assert stat.S_IMODE(local.SOCKETS.stat().st_mode) == 0o700
