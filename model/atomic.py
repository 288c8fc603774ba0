"""Files that change together, or one that changes at once, or not at all, whatever interrupts the writing."""

import contextlib
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

STAGED = ".next"
COMMIT_MARK = "model_files.commit"


def write_together(directory: Path, contents: Mapping[str, bytes]) -> None:
    """Replace the named files of a directory in one step.

    Each file is first staged beside its target and forced to disk. One rename, of the
    commit mark, then makes the new set the current one; the renames that follow only
    tidy up. Killed before the mark, the old set stands; after it, ``current_path``
    and the next call finish the work.

    Raises
    ------
    OSError
        If the disk is full or the directory not writable; the old set stands.
    """
    directory.mkdir(parents=True, exist_ok=True)
    _finish(directory)
    staged = [directory / (name + STAGED) for name in contents]
    mark = directory / (COMMIT_MARK + STAGED)
    try:
        for path, content in zip(staged, contents.values(), strict=True):
            _write_durably(path, content)
        _write_durably(mark, "\n".join(contents).encode())
        _sync_directory(directory)
    except BaseException:  # also Ctrl-C: nothing half-written stays behind
        for path in (*staged, mark):
            path.unlink(missing_ok=True)
        raise
    mark.replace(directory / COMMIT_MARK)
    _finish(directory)


@contextlib.contextmanager
def replaced_when_whole(out: Path) -> Iterator[Path]:
    """A path beside ``out`` to write to; it takes the place of ``out`` where the block succeeds, else it goes."""
    staged = out.with_name(f".{out.name}{STAGED}")
    try:
        yield staged
    except BaseException:
        staged.unlink(missing_ok=True)
        raise
    staged.replace(out)


@contextlib.contextmanager
def folder_replaced_when_whole(out: Path) -> Iterator[Path]:
    """The same for a folder; a file or a folder that stood at ``out`` goes."""
    staged, former = (out.with_name(f".{out.name}{ending}") for ending in (STAGED, ".former"))
    if former.exists() and not out.exists():  # killed between the two renames below
        former.replace(out)
    _remove(staged, former)
    try:
        yield staged
    except BaseException:
        _remove(staged)
        raise
    if out.exists():
        out.replace(former)
    staged.replace(out)
    _remove(former)


def current_path(directory: Path, name: str) -> Path:
    """Where the current content of a file lies; reads only, so it serves a read-only disk too."""
    staged = directory / (name + STAGED)
    if (directory / COMMIT_MARK).exists() and staged.exists():
        return staged
    return directory / name


def _finish(directory: Path) -> None:
    mark = directory / COMMIT_MARK
    if not mark.exists():
        return
    _sync_directory(directory)
    for name in mark.read_text().splitlines():
        with contextlib.suppress(FileNotFoundError):  # renamed before the interruption
            (directory / (name + STAGED)).replace(directory / name)
    _sync_directory(directory)
    mark.unlink()


def _write_durably(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _remove(*paths: Path) -> None:
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _sync_directory(directory: Path) -> None:
    if os.name == "nt":  # Windows cannot open a directory
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
