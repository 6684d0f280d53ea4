"""Locks by files: one owner at a time, whatever order slow, dead and suspended processes look and write in."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from packing.errors import InputError
from superlattice import lock_files
from superlattice.lock import FolderBusyError, is_locked, locked


@pytest.fixture
def by_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUPERLATTICE_LOCK", "files")


@pytest.mark.parametrize("kind", ["flock", "files"])
def test_one_owner_at_a_time(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUPERLATTICE_LOCK", kind)
    assert not is_locked(tmp_path)
    for _ in range(3):
        with locked(tmp_path):
            assert is_locked(tmp_path)
            with pytest.raises(FolderBusyError), locked(tmp_path):
                pass
        assert not is_locked(tmp_path)
    assert len(list(tmp_path.glob(".lock*"))) == 1
    assert not list(tmp_path.glob("*.tmp"))


def test_another_word_for_the_lock_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUPERLATTICE_LOCK", "hope")
    with pytest.raises(InputError, match="must be flock or files, got 'hope'"), locked(tmp_path):
        pass


def test_a_file_system_without_locks_is_one_line_and_holds_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fcntl = pytest.importorskip("fcntl")

    def no_locks(handle: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    (tmp_path / ".lock").touch()
    monkeypatch.setattr(fcntl, "flock", no_locks)
    said = r"flock does not work here \(No locks available\)"
    with pytest.raises(InputError, match=said) as caught, locked(tmp_path):
        pass
    assert not isinstance(caught.value, FolderBusyError)
    assert len(str(caught.value).splitlines()) == 1
    assert "SUPERLATTICE_LOCK=files" in str(caught.value)
    assert not is_locked(tmp_path)
    monkeypatch.setenv("SUPERLATTICE_LOCK", "files")
    with locked(tmp_path):
        assert is_locked(tmp_path)


def test_a_dead_owner_of_this_machine_holds_nothing(tmp_path: Path, by_files: None) -> None:
    code = "import sys, os; from pathlib import Path; from superlattice import lock_files; "
    code += "lock_files.take(Path(sys.argv[1])); os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=Path(__file__).parents[1], check=False)
    assert list(tmp_path.glob(".lock.*"))
    assert not is_locked(tmp_path)
    with locked(tmp_path):
        assert is_locked(tmp_path)


def test_a_silent_owner_elsewhere_holds_it_for_a_minute(
    tmp_path: Path, by_files: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / ".lock.7"
    file.write_text("another-machine 12 345")
    assert is_locked(tmp_path)
    now = 1_000_000.0
    monkeypatch.setattr(lock_files, "_server_time", lambda folder: now)  # no clock of this machine decides
    os.utime(file, (now, now - lock_files.STALE_S + 1))
    assert is_locked(tmp_path)
    os.utime(file, (now, now - lock_files.STALE_S - 1))
    assert not is_locked(tmp_path)
    with locked(tmp_path):
        assert [p.name for p in tmp_path.glob(".lock.*")] == [".lock.8"]


def test_who_looked_long_ago_does_not_break_a_younger_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process sleeps between looking and making its file; meanwhile the lock has had two other owners."""
    (tmp_path / ".lock.3").write_text(lock_files.FREE)
    there, once = lock_files._numbers, []

    def slept(folder: Path) -> list[int]:
        seen = there(folder)
        if not once:
            once.append(True)
            first = lock_files.take(folder)
            assert first == 4
            (folder / ".lock.4").write_text(lock_files.FREE)
            assert lock_files.take(folder) == 5  # tidies 4 away
        return seen

    monkeypatch.setattr(lock_files, "_numbers", slept)
    assert lock_files.take(tmp_path) is None
    assert [p.name for p in tmp_path.glob(".lock.*")] == [".lock.5"]


def test_many_threads_share_a_lock_fairly_enough(tmp_path: Path, by_files: None) -> None:
    inside, most, done = [0], [0], []

    def work() -> None:
        for _ in range(5):
            with locked(tmp_path, patience_s=30):
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                inside[0] -= 1
        done.append(True)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(done), most[0]) == (6, 1)
