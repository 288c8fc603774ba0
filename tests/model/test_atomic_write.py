import errno
import hashlib
import os
import random
import signal
import time
from pathlib import Path

import pytest

from model.artifact.store import PREVIOUS, load_artifact, save_artifact
from model.atomic_write import _settle, read_described, replaced_when_whole, write_described
from tests.support import small_model

OLD = {"a.bin": b"old a", "b.bin": b"old b"}
NEW = {"a.bin": b"new a", "b.bin": b"new b"}
CARD = "card.txt"


def digests(contents: dict[str, bytes]) -> list[str]:
    return [hashlib.sha256(content).hexdigest() for content in contents.values()]


def write(directory: Path, contents: dict[str, bytes]) -> None:
    write_described(directory, {**contents, CARD: " ".join(digests(contents)).encode()}, CARD)


def found(directory: Path) -> dict[str, bytes]:
    """What a reader takes for the set that the card describes."""
    described = (directory / CARD).read_text().split()
    return {name: read_described(directory / name, sha256) for name, sha256 in zip(OLD, described, strict=True)}


def test_files_are_replaced_together_and_nothing_else_is_left(tmp_path: Path):
    write(tmp_path, OLD)
    write(tmp_path, NEW)

    assert found(tmp_path) == NEW
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.bin", "b.bin", CARD]


@pytest.mark.parametrize("failure", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("call", [0, 1, 2])
def test_a_full_disk_or_ctrl_c_at_any_file_leaves_the_old_set(failure, call, tmp_path: Path, monkeypatch):
    write(tmp_path, OLD)
    calls = iter(range(10))

    def failing(_: int) -> None:
        if next(calls) == call:
            raise failure

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(type(failure)):
        write(tmp_path, NEW)

    assert found(tmp_path) == OLD
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.bin", "b.bin", CARD]


def test_a_folder_that_stood_aside_when_we_were_killed_comes_back(tmp_path: Path):
    """Killed between its two renames, and failing the next time: the old result stands."""
    (tmp_path / ".out.former").mkdir()
    (tmp_path / ".out.former" / "part").write_text("old")

    with pytest.raises(RuntimeError), replaced_when_whole(tmp_path / "out"):
        raise RuntimeError

    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (tmp_path / "out" / "part").read_text() == "old"


@pytest.mark.parametrize("renamed", [0, 1, 2])
def test_a_kill_after_the_card_is_rolled_forward(renamed, tmp_path: Path):
    """Dead between the renames: readers see the new set at once, and the next writing puts it in its places first."""
    write(tmp_path, OLD)
    (tmp_path / CARD).write_text(" ".join(digests(NEW)))
    for place, name in enumerate(NEW):
        (tmp_path / (name if place < renamed else f"{name}.next")).write_bytes(NEW[name])

    assert found(tmp_path) == NEW
    _settle(tmp_path, NEW, CARD)
    assert {name: (tmp_path / name).read_bytes() for name in NEW} == NEW


def test_a_kill_before_the_card_leaves_the_old_set(tmp_path: Path):
    write(tmp_path, OLD)
    for name, content in NEW.items():
        (tmp_path / f"{name}.next").write_bytes(content)

    assert found(tmp_path) == OLD
    write(tmp_path, OLD)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.bin", "b.bin", CARD]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_kill_9_at_a_hundred_random_moments_leaves_loadable_sets(tmp_path: Path):
    """A child replaces the pair without pause; whenever it is killed, what lies there loads and passes its checks.

    So does the set before, which is kept beside it.
    """
    small_model(tmp_path)
    pickled = (tmp_path / "model.pkl").read_bytes()
    card = load_artifact(tmp_path).card
    started = time.perf_counter()
    save_artifact(tmp_path, pickled, card)
    seconds, seen = time.perf_counter() - started, set()
    for attempt in range(100):
        child = os.fork()
        if child == 0:
            write_without_pause(tmp_path, pickled, card, attempt)
        time.sleep(random.Random(attempt).uniform(0, 5 * seconds))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        seen.add(load_artifact(tmp_path).card.model_version)
        kept = tmp_path / PREVIOUS
        assert not kept.exists() or load_artifact(kept).is_verified
    assert len(seen) > 10


def write_without_pause(directory: Path, pickled: bytes, card, attempt: int) -> None:
    try:
        for turn in range(10_000):
            save_artifact(directory, pickled, card.model_copy(update={"model_version": f"{attempt}.{turn}"}))
    finally:
        os._exit(1)
