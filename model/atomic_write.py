"""Files that change at once, or not at all, whatever interrupts the writing."""

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

STAGED = ".next"


def write_described(directory: Path, files: Mapping[str, bytes], card: str) -> None:
    """Replace a set of files, of which the card holds the SHA-256s of the others: the old set stands, or the new.

    All are staged and forced to disk. Replacing the card makes the new set the current one; ``read_described`` finds
    its files also where a kill came before their own renaming.

    Raises
    ------
    OSError
        If the disk is full or the directory not writable; the old set stands.
    """
    directory.mkdir(parents=True, exist_ok=True)
    others = [name for name in files if name != card]
    _settle(directory, others, card)
    staged = {directory / (name + STAGED): content for name, content in files.items()}
    try:
        for path, content in staged.items():
            with path.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        _sync(directory)
    except BaseException:  # also Ctrl-C: nothing half-written stays behind
        _remove(*staged)
        raise
    (directory / (card + STAGED)).replace(directory / card)
    _sync(directory)
    _settle(directory, others, card)


def read_described(path: Path, sha256: str | None) -> bytes:
    """The content with this SHA-256, from the file or what is to take its place; the file as it is without either."""
    if sha256 is not None:
        with contextlib.suppress(OSError):
            staged = path.with_name(path.name + STAGED).read_bytes()
            if hashlib.sha256(staged).hexdigest() == sha256:
                return staged
    return path.read_bytes()


def _settle(directory: Path, names: Iterable[str], card: str) -> None:
    """Put staged files that the card describes into their places; what else is staged was given up."""
    described = (directory / card).read_bytes() if (directory / card).exists() else b""
    for staged in (directory / (name + STAGED) for name in names):
        if staged.exists() and hashlib.sha256(staged.read_bytes()).hexdigest().encode() in described:
            staged.replace(staged.with_suffix(""))


@contextlib.contextmanager
def replaced_when_whole(out: Path) -> Iterator[Path]:
    """A path beside ``out`` to write a file or a folder to; it takes the place of ``out`` if the block succeeds."""
    staged, former = (out.with_name(f".{out.name}{ending}") for ending in (STAGED, ".former"))
    if former.exists() and not out.exists():  # killed between the two renames below
        former.replace(out)
    _remove(staged, former)
    try:
        yield staged
    except BaseException:
        _remove(staged)
        raise
    if staged.is_dir() and out.exists():
        out.replace(former)
    staged.replace(out)
    _remove(former)


def _remove(*paths: Path) -> None:
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _sync(directory: Path) -> None:
    if os.name == "nt":  # Windows cannot open a directory
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
