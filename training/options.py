"""Options that the command lines of training share."""

import argparse
from datetime import datetime


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
