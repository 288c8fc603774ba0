"""Options and exit codes that the command lines of training share."""

import argparse
from datetime import datetime

BAD_INPUT, INTERRUPTED = 2, 130


def add_reading_options(parser: argparse.ArgumentParser) -> None:
    """Options of every command that reads an export."""
    parser.add_argument(
        "--columns", default="", metavar="ROLE=COLUMN,…", help="columns with unusual names, e.g. customer_id=Kunde"
    )
    parser.add_argument("--date-order", choices=("day", "month"), help="what comes first in dates such as 03/04/2011")


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
