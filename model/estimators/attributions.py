"""Attributions ("reasons" outside): what moved a forecast from a typical customer's, in currency, adding up to it."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from model.arrays import FloatArray
from model.estimators.special_functions import log_expit

CENTS_BELOW = 1e13  # currency; beyond it a float has none


class Reason(NamedTuple):
    """One feature's part in a forecast; ``value`` is the customer's own, None where it is no single number."""

    feature: str
    amount: float
    value: float | None = None


class Reasons(NamedTuple):
    """``base`` is the forecast of a typical customer; base and amounts sum to the forecast."""

    base: float
    reasons: tuple[Reason, ...]

    def in_cents(self) -> tuple[float, list[float]]:
        """Base and amounts with two decimals; running totals are rounded, so they still sum to the forecast."""
        total = shown_cents = 0.0
        shown = []
        for amount in (self.base, *[reason.amount for reason in self.reasons]):
            total += amount
            before_cents, shown_cents = shown_cents, round(total * 100) if abs(total) < CENTS_BELOW else total * 100
            shown.append((shown_cents - before_cents) / 100)
        return shown[0], shown[1:]


def from_log_terms(
    base: float, forecast: float, names: Sequence[str], terms: FloatArray, values: FloatArray
) -> Reasons:
    """Turn a sum of logarithms into a sum of money, without a rest.

    With the logarithmic mean L(u, v) = (u - v) / ln(u / v), forecast - base is
    L(forecast, base) times the sum of the terms (Ang 2005, Energy Policy 33, 867-871).

    Parameters
    ----------
    base, forecast : float
        Currency, positive; ln(forecast / base) is the sum of ``terms``.
    names, terms, values : of length n_features
        A feature's name, its part in the logarithm, and the customer's value (NaN for none).
    """
    difference = np.log(forecast / base)
    scale = forecast if abs(difference) < 1e-12 else (forecast - base) / difference
    return Reasons(
        base=base,
        reasons=tuple(
            Reason(name, float(scale * term), None if np.isnan(value) else float(value))
            for name, term, value in zip(names, terms, values, strict=True)
            if term != 0
        ),
    )


def two_part_reasons(
    names: Sequence[str], values: FloatArray, *, odds: tuple[float, FloatArray], spend: tuple[float, FloatArray]
) -> Reasons:
    """What moved one customer's expected spend from that of a typical one.

    Log odds and log spend if buying are sums of parts, exactly. A probability is no sum: its logarithm moves from the
    typical customer's to this one's, and that way is shared out in proportion to the parts of the log odds. So
    ln(forecast / base) is a sum of one term per input, and money follows as in ``from_log_terms``.

    Parameters
    ----------
    names, values : of length n_inputs
        An input's name, and the customer's own value.
    odds, spend : tuples of float and array of shape (n_inputs,)
        Log odds, and log spend if buying, of the typical customer; and what each input adds.
    """
    (odds_base, odds_parts), (spend_base, spend_parts) = odds, spend
    way = float(odds_parts.sum())
    start, end = float(log_expit(odds_base)), float(log_expit(odds_base + way))
    slope = (end - start) / way if abs(way) > 1e-9 else 1.0 - np.exp(start)
    base, forecast = np.exp(start + spend_base), np.exp(end + spend_base + spend_parts.sum())
    return from_log_terms(float(base), float(forecast), names, slope * odds_parts + spend_parts, values)
