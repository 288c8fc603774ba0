"""What every command line of ours shares: how it ends, and options that several take."""

import argparse
import sys
from collections.abc import Callable
from datetime import datetime

import duckdb

from model.engines.memory import is_interruption
from model.errors import ModelError

GOOD, BAD_INPUT, INTERRUPTED = 0, 2, 130


def exit_code_of(work: Callable[[], int | None], *, when_interrupted: str) -> int:
    """Do the work; gives its own exit code, 2 after an error of ours, which is told on stderr, or 130 after Ctrl-C."""
    try:
        return work() or GOOD
    except (ModelError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return BAD_INPUT
    except (KeyboardInterrupt, RuntimeError, duckdb.Error) as error:
        if isinstance(error, Exception) and not is_interruption(error):
            raise
        print(when_interrupted, file=sys.stderr)
        return INTERRUPTED


def day(text: str) -> datetime:
    """A midnight without time zone, written as 2011-11-10."""
    try:
        return datetime.strptime(text, "%Y-%m-%d")  # noqa: DTZ007 - see above
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no date; write it as 2011-11-10") from error


def positive(text: str) -> int:
    """A whole number above 0."""
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return int(text)
