"""Finished parts of a long run, kept on disk so that a run that was stopped goes on where it was."""

import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from model.errors import TransactionsError

T = TypeVar("T")


class Parts:
    """Results by name in a folder of their own, valid for one key (data, options, versions)."""

    def __init__(self, directory: Path, key: str) -> None:
        self.directory = directory
        marker = directory / "key"
        if directory.exists() and not marker.exists() and any(directory.iterdir()):
            raise TransactionsError(f"{directory} holds files of others, and would be emptied; name another --out")
        if marker.exists() and marker.read_text() != key:
            shutil.rmtree(directory)
        directory.mkdir(parents=True, exist_ok=True)
        marker.write_text(key)

    def get(self, name: str, make: Callable[[], T]) -> T:
        """The part of that name, made and kept where it is not there yet."""
        path = self.directory / f"{name}.pkl"
        if path.exists():
            part: T = pickle.loads(path.read_bytes())  # noqa: S301 - written by this class a moment ago
            return part
        part = make()
        unfinished = path.with_suffix(".unfinished")
        unfinished.write_bytes(pickle.dumps(part))
        unfinished.replace(path)
        return part

    def remove(self) -> None:
        """Throw the parts away: the run is complete."""
        shutil.rmtree(self.directory)
