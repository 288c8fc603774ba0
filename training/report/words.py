"""How models, money, shares and moments are put into words on the page."""

import math
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

MINUS = "\N{MINUS SIGN}"
NARROW = "\N{NARROW NO-BREAK SPACE}"
NOTHING = "–"

# Tables of words and their units: TOML holds mixed types.
WORDS: dict[str, Any] = tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))


def model_label(name: str) -> str:
    """A model as a marketer would call it; a name that is not listed stays as it is."""
    return str(WORDS["models"].get(name, name))


def money(amount: float | None, currency: str) -> str:
    """An amount with thousands separators; pennies only where they matter.

    >>> money(-1234.5, "£"), money(4.2, "£")
    ('−£1,234', '£4.20')
    """
    if amount is None:
        return NOTHING
    return number(amount, 0 if abs(amount) >= 100 or amount == 0 else 2, before=currency)


def short_money(amount: float, currency: str) -> str:
    """An amount where room is scarce.

    >>> short_money(-1_500_000, "£"), short_money(12_000, "£"), short_money(250, "£")
    ('−£1.5m', '£12k', '£250')
    """
    unit, letter = next((each for each in ((1e6, "m"), (1e3, "k")) if abs(amount) >= each[0]), (1.0, ""))
    size = abs(amount) / unit
    return number(amount, before=currency, size=(f"{size:,.0f}" if size >= 100 else f"{size:.3g}") + letter)


def percent(share: float | None, decimals: int = 0) -> str:
    """A share of 1 in per cent; a dash where there is none."""
    return number(None if share is None else 100 * share, decimals, after=f"{NARROW}%")


def change(per_cent: float | None, decimals: int = 0) -> str:
    """Per cent above or below, with its sign: +12 %."""
    is_above = per_cent is not None and round(per_cent, decimals) > 0
    return ("+" if is_above else "") + number(per_cent, decimals, after=f"{NARROW}%")


def number(
    value: float | None, decimals: int = 3, *, before: str = "", after: str = "", size: str | None = None
) -> str:
    """A plain number between what stands before and after it, or its ``size`` as given; a dash where there is none."""
    if value is None or math.isnan(value):
        return NOTHING
    sign = MINUS if round(value, decimals) < 0 else ""
    return sign + before + (f"{abs(value):,.{decimals}f}" if size is None else size) + after


def day(moment: date) -> str:
    """A date as 13 Jun 2011."""
    return f"{moment.day} {moment:%b %Y}"
