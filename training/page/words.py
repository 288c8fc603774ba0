"""How models, features, money and shares are put into words on the page."""

import math
from datetime import datetime

import pandas as pd

from model.features import HISTORY_FEATURES

MINUS = "\N{MINUS SIGN}"
NARROW = "\N{NARROW NO-BREAK SPACE}"
NOTHING = "–"
UNITS = ((1e9, "bn"), (1e6, "m"), (1e3, "k"))
HALF_LIVES = (10, 30, 60, 120, 240)
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
    "bgnbd_gamma_gamma": "BG/NBD",
    "summary_lasso": "Lasso, seasonal level",
    "hurdle": "Hurdle",
    "tweedie": "Tweedie",
    "ziln": "Zero-inflated lognormal",
    "history_blend": "History blend",
}
FEATURES = {
    **{feature.name: feature.meaning for feature in HISTORY_FEATURES},
    **{
        f"{what}_halflife_{days}d": f"recent {what} (weight halves every {days} days)"
        for what in ("orders", "spend")
        for days in HALF_LIVES
    },
    "orders_60d_to_90d": "orders 60 to 90 days ago",
    "spend_60d_to_90d": "spend 60 to 90 days ago",
    "orders_30d_to_60d": "orders 30 to 60 days ago",
    "spend_30d_to_60d": "spend 30 to 60 days ago",
    "mean_ln_order_spend": "typical order value (log scale)",
    "mean_ln_order_spend_halflife_90d": "typical value of recent orders (log scale)",
    "sd_ln_order_spend": "spread of order values (log scale)",
    "orders_horizon_last_year": "orders in the same 30 days last year",
    "spend_horizon_last_year": "spend in the same 30 days last year",
    "spend_90d_around_horizon_last_year": "spend around the same days last year",
    "spend_90d_before_horizon_last_year": "spend in the 90 days before, last year",
    "recency_per_mean_gap": "time since last purchase ÷ average gap",
    "recency_per_median_gap": "time since last purchase ÷ median gap",
    "recency_per_longest_gap": "time since last purchase ÷ longest gap",
    "purchase_days_per_30d": "purchase days per 30 days as a customer",
    "purchase_days_halflife_90d": "recent purchase days (weight halves in 90)",
    "lines_halflife_90d": "recent order lines (weight halves in 90)",
    "avg_spend_halflife_120d": "average value of recent orders",
    "spend_per_30d": "spend per 30 days as a customer",
    "last_age_days": "days since the last purchase",
    "recency_days": "whole days since the last purchase",
    "tenure_days": "days since the first purchase",
    "first_to_last_days": "days from first to last purchase",
    "purchase_months": "months with a purchase",
    "purchase_days": "days with a purchase",
    "avg_spend": "average order value",
    "total_spend": "spend so far",
    "num_transactions": "orders so far",
    "total_units": "units bought so far",
    "unique_products": "different products bought",
    "spend_trend_90d_of_180d": "share of half a year's spend that is new",
    "new_products_90d": "products new to the customer in 90 days",
    "product_novelty": "share of lines with a new product",
    "spend_per_unit": "spend per unit",
    "median_gap_days": "median days between purchases",
    "mean_gap_days": "average days between purchases",
    "sd_gap_days": "spread of the days between purchases",
    "longest_gap_days": "longest time between purchases, in days",
    "last_gap_days": "days between the last two purchases",
    "bgnbd_purchases": "purchase days expected by BG/NBD",
    "bgnbd_probability": "chance of a purchase by BG/NBD",
    "bgnbd_alive": "chance of still being a customer by BG/NBD",
    "gg_order_value": "order value expected by Gamma-Gamma",
    "bgnbd_spend": "spend expected by BG/NBD and Gamma-Gamma",
}


def model_label(name: str) -> str:
    """A model as a marketer would call it; a name that is not listed stays as it is."""
    return MODELS.get(name, name)


def feature_label(name: str) -> str:
    """What a feature means, beginning with a capital letter."""
    meaning = FEATURES.get(name, name.replace("_", " "))
    return meaning[:1].upper() + meaning[1:]


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
