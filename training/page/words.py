"""How models, features, money and shares are put into words on the page."""

import math
from datetime import datetime

import pandas as pd

MINUS = "\N{MINUS SIGN}"
NARROW = "\N{NARROW NO-BREAK SPACE}"
NOTHING = "–"
UNITS = ((1e9, "bn"), (1e6, "m"), (1e3, "k"))
A_MILLION = 1e6

MODELS = {
    "zero": "Nobody buys",
    "mean": "Average for everyone",
    "last_30_days": "Last 30 days again",
    "historical_rate": "Past pace goes on",
    "lasso_4": "Lasso, 4 numbers",
    "lasso_6": "Lasso, 6 numbers",
    "random_forest": "Random forest",
    "xgboost": "XGBoost",
    "summary_lasso": "Lasso, seasonal level",
    "bgnbd_gamma_gamma": "BG/NBD",
    "history_model": "History model",
    "boosted_hurdle": "Boosted hurdle",
}
GROUPS = {
    "all_known": "All known customers",
    "active": "Active: bought in the last 90 days",
    "quiet_under_180_days": "Quiet for 90 to 180 days",
    "quiet_180_to_365_days": "Quiet for 180 to 365 days",
    "quiet_over_365_days": "Quiet for over a year",
}


def model_label(name: str) -> str:
    """A model as a marketer would call it; a name that is not listed stays as it is."""
    return MODELS.get(name, name)


def money(amount: float, currency: str) -> str:
    """An amount with thousands separators; pennies only where they matter.

    >>> money(-1234.5, "£"), money(4.2, "£")
    ('−£1,234', '£4.20')
    """
    decimals = 0 if abs(amount) >= 100 or amount == 0 else 2
    return _signed(amount, f"{currency}{abs(amount):,.{decimals}f}")


def short_money(amount: float, currency: str) -> str:
    """An amount where room is scarce: 12k, 1.5m.

    >>> short_money(-1_500_000, "£"), short_money(250, "£")
    ('−£1.5m', '£250')
    """
    unit, letter = next(((unit, letter) for unit, letter in UNITS if abs(amount) >= unit), (1.0, ""))
    size = abs(amount) / unit
    digits = f"{size:,.0f}" if size >= 100 else f"{size:.3g}"
    return _signed(amount, f"{currency}{digits}{letter}")


def percent(share: float | None, decimals: int = 0) -> str:
    """A share of 1 in per cent; a dash where there is none."""
    if share is None or math.isnan(share):
        return NOTHING
    return _signed(round(100 * share, decimals), f"{abs(100 * share):,.{decimals}f}{NARROW}%")


def change(per_cent: float | None, decimals: int = 0) -> str:
    """Per cent above or below, with its sign: +12 %."""
    if per_cent is None or math.isnan(per_cent):
        return NOTHING
    rounded = round(per_cent, decimals)
    return ("+" if rounded > 0 else "") + _signed(rounded, f"{abs(rounded):,.{decimals}f}{NARROW}%")


def number(value: float | None, decimals: int = 3) -> str:
    """A plain number; a dash where there is none."""
    if value is None or math.isnan(value):
        return NOTHING
    return _signed(round(value, decimals), f"{abs(value):,.{decimals}f}")


def day(moment: datetime | pd.Timestamp) -> str:
    """A date as 13 Jun 2011."""
    return f"{moment.day} {moment:%b %Y}"


def shortened(words: str, length: int) -> str:
    """Words cut to a length that a drawing has room for."""
    return words if len(words) <= length else words[: length - 1].rstrip() + "…"


def listed(words: list[str]) -> str:
    """Words as a list in a sentence."""
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def _signed(value: float, size: str) -> str:
    return MINUS + size if value < 0 else size
