"""What the page shows: one table for each figure, from the leaderboard and the forecasts beside what happened."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit
from scipy.stats import binomtest

from model.artifact.card import ModelCard
from model.artifact.history_artifact import BGNBD, HistoryArtifact
from model.estimators.intervals import COVERAGE
from model.orders.cleaning import CleaningReport, DroppedLines
from training.evaluation.leaderboard import ALL_KNOWN, GROUPS, Leaderboard
from training.evaluation.metrics import captured
from training.report.words import MINUS, NARROW, WORDS, money, number, percent, short_money

RANKED_BY = "rmse_w99"
TENTHS = 10
MISSES = 10
TOP = 0.1
STOPS = [0.05, TOP, 0.2, 0.3, 0.5]
EDGES = (0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 1.0)
BANDS = [f"{100 * low:.0f}–{100 * high:.0f}{NARROW}%" for low, high in pairwise(EDGES)]


@dataclass(frozen=True)
class ReportData:
    """Everything that the figures are drawn from.

    ``backtest`` and ``totals`` have the rows of ``backtest.parquet`` and ``totals.parquet``, see ``training.backtest``.
    The curves of the artifact are drawn where there is one; ``currency`` stands before every amount: ``£``, or ``CHF``
    and a space.
    """

    card: ModelCard
    leaderboard: Leaderboard
    backtest: pd.DataFrame
    totals: pd.DataFrame
    artifact: HistoryArtifact | None = None
    currency: str = ""

    @property
    def champion_name(self) -> str:
        """Whose forecasts are shown; where customers are ranked alone, it is BG/NBD that puts them in order."""
        name = self.leaderboard.champion
        return name if name in self.leaderboard.models else BGNBD

    @cached_property
    def champion(self) -> pd.DataFrame:
        """The champion's forecasts, one row per cutoff and customer, in an order that does not depend on the file."""
        return self.of_model(self.champion_name)

    @cached_property
    def rival_name(self) -> str | None:
        """Whom the champion is shown against: BG/NBD, or else the baseline."""
        present = set(self.backtest["model"].unique()) - {self.champion_name}
        return next((name for name in (BGNBD, self.leaderboard.baseline) if name in present), None)

    def of_model(self, name: str) -> pd.DataFrame:
        """One model's forecasts."""
        rows = self.backtest[self.backtest["model"] == name]
        return rows.sort_values(["cutoff", "customer_id"], kind="stable", ignore_index=True)

    def ranked(self, group: str = ALL_KNOWN) -> list[str]:
        """The models by typical error, the smallest first."""
        models = self.leaderboard.groups[group]
        return sorted(models, key=lambda name: models[name][RANKED_BY] or 0.0)

    def best(self, group: str) -> set[tuple[str, str]]:
        """Model and measure of the best values of a group."""
        models, found = self.leaderboard.groups[group], set()
        for measure in WORDS["measure"]:
            values = {name: value for name in models if (value := models[name].get(measure["name"])) is not None}
            distances = {name: _distance(measure["aim"], value) for name, value in values.items()}
            found |= {(name, measure["name"]) for name in values if distances[name] == min(distances.values())}
        return found

    def money(self, amount: float | None) -> str:
        """An amount with its currency."""
        return money(amount, self.currency)

    def short_money(self, amount: float) -> str:
        """An amount where room is scarce."""
        return short_money(amount, self.currency)


def report_tables(data: ReportData) -> dict[str, pd.DataFrame]:
    """One table for each figure, by the figure's name; empty where there is nothing to show."""
    return {
        "differences": _differences(data),
        "errors": _errors(data),
        "gain": _gain(data),
        "deciles": _deciles(data.champion),
        "calibration": _calibration(data),
        "quiet": _quiet(data.champion),
        "totals": _totals(data),
        "coverage-windows": _coverage(data.champion, data.champion["cutoff"]),
        "coverage-chances": _coverage(data.champion, _bands(data.champion)),
        "curves": _curves(data),
        "learning": pd.DataFrame.from_dict(data.leaderboard.learned_from, orient="index").rename_axis("windows"),
        "assumption": pd.Series(data.leaderboard.value_frequency_correlation, dtype=float)
        .rename(index=pd.Timestamp)
        .to_frame("correlation"),
        "misses": _largest_misses(data.champion),
        "cleaning": _cleaning(data.card.data),
    }


def shares(rows: pd.DataFrame, by: "pd.Series[Any]", hit: str) -> pd.DataFrame:
    """Per group: how many rows hit, of how many, and the share with its 95 % interval by Wilson (1927)."""
    groups = rows.groupby(by, observed=True)[hit]
    table = pd.DataFrame({"hits": groups.sum().astype(int), "customers": groups.size()})
    tests = [binomtest(*counts) for counts in zip(table["hits"], table["customers"], strict=True)]
    intervals = [test.proportion_ci(method="wilson") for test in tests]
    low, high = [each.low for each in intervals], [each.high for each in intervals]
    return table.assign(share=table["hits"] / table["customers"], low=low, high=high)


def _distance(aim: str, value: float) -> float:
    """How far a value is from the best there could be."""
    if aim in ("lower", "higher"):
        return value if aim == "lower" else -value
    return abs(value - (COVERAGE if "%" in aim else 0.0))


def _differences(data: ReportData) -> pd.DataFrame:
    """Typical error of each model less the baseline's, with the bootstrap's interval."""
    models, baseline = data.leaderboard.models, data.leaderboard.baseline
    intervals = data.leaderboard.differences.get(ALL_KNOWN, {})
    return pd.DataFrame(
        [
            {
                "model": name,
                "difference": (models[name][RANKED_BY] or 0.0) - (models[baseline][RANKED_BY] or 0.0),
                "low": found[0],
                "high": found[1],
            }
            for name in data.ranked()
            if name != baseline and (found := intervals.get(name, {}).get(RANKED_BY))
        ]
    )


def _errors(data: ReportData) -> pd.DataFrame:
    """Typical error of champion and rival in each window."""
    windows = {pd.Timestamp(at): groups[ALL_KNOWN] for at, groups in sorted(data.leaderboard.windows.items())}
    pairs = {
        at: {"champion": models[data.champion_name][RANKED_BY], "rival": models[data.rival_name][RANKED_BY]}
        for at, models in windows.items()
        if data.rival_name in models and data.champion_name in models
    }
    return pd.DataFrame.from_dict(pairs, orient="index")


def _gain(data: ReportData) -> pd.DataFrame:
    """Share of revenue by share of customers: perfect foresight, the champion, its rival and chance."""
    actual = data.champion["actual_spend"].to_numpy()
    if actual.sum() <= 0:
        return pd.DataFrame()
    # Finer where the curves are steep.
    at = np.union1d(np.linspace(0, 1, 101) ** 1.5, STOPS)
    curves = {"perfect": captured(actual, actual, at)}
    for curve, name in (("champion", data.champion_name), ("rival", data.rival_name)):
        if name is not None:
            rows = data.of_model(name)
            curves[curve] = captured(rows["actual_spend"].to_numpy(), rows["predicted_spend"].to_numpy(), at)
    return pd.DataFrame(curves | {"chance": at}, index=at)


def _deciles(rows: pd.DataFrame) -> pd.DataFrame:
    """Averages of ten groups of equal count, the highest forecasts first; fewer with few customers."""
    ordered = rows.sort_values("predicted_spend", ascending=False, kind="stable", ignore_index=True)
    groups = min(TENTHS, len(ordered))
    edges = [round(100 * place / groups) for place in range(groups + 1)]
    labels = [f"Top {edges[1]}{NARROW}%", *(f"{low}–{high}{NARROW}%" for low, high in pairwise(edges[1:]))]
    table = ordered.groupby(ordered.index * groups // len(ordered)).agg(
        customers=("actual_spend", "size"),
        told=("predicted_spend", "mean"),
        came=("actual_spend", "mean"),
        bought=("actual_purchase", "mean"),
    )
    return table.set_axis(labels)


def _bands(rows: pd.DataFrame) -> "pd.Series[str]":
    return pd.cut(rows["purchase_probability"], [*EDGES[:-1], np.inf], right=False, labels=BANDS)


def _calibration(data: ReportData) -> pd.DataFrame:
    """By band of the chance told, the same bands for every shop: what was told on average, and what happened."""
    parts = {}
    for name in (data.champion_name, data.rival_name):
        known = data.of_model(name or "").dropna(subset="purchase_probability")
        if len(known):
            told = known.groupby(_bands(known), observed=True)["purchase_probability"].mean()
            parts[name] = shares(known, _bands(known), "actual_purchase").assign(told=told)
    return pd.concat(parts, names=["model", "band"]).reset_index() if data.champion_name in parts else pd.DataFrame()


def _quiet(rows: pd.DataFrame) -> pd.DataFrame:
    """What groups of customers were told on average, and what they did, the longest quiet last."""
    known = rows.dropna(subset="purchase_probability")
    parts = {group: known[is_in(known)] for group, is_in in GROUPS.items()}
    tables = [
        shares(part, part["model"], "actual_purchase").assign(group=group, told=part["purchase_probability"].mean())
        for group, part in parts.items()
        if len(part)
    ]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _totals(data: ReportData) -> pd.DataFrame:
    """The champion's rows of ``totals.parquet``, oldest first; without a factor, the plain sum is expected."""
    rows = data.totals[data.totals["model"] == data.champion_name].sort_values("cutoff", ignore_index=True)
    if rows["realised"].sum() <= 0:
        return pd.DataFrame()
    rows = rows.assign(total_factor=rows["total_factor"].fillna(1.0))
    rows["expected"] = rows["forecast"] * rows["total_factor"]
    return rows.assign(is_inside=rows["realised"].between(rows["low"], rows["high"]), is_told=rows["low"].notna())


def _coverage(rows: pd.DataFrame, by: "pd.Series[Any]") -> pd.DataFrame:
    """How many of the buyers spent inside the range that they were told."""
    buyers = rows["actual_purchase"].astype(bool) & rows["spend_if_purchase_low"].notna()
    inside = rows["actual_spend"].between(rows["spend_if_purchase_low"], rows["spend_if_purchase_high"])
    return shares(rows.assign(inside=inside)[buyers], by[buyers], "inside")


def _curves(data: ReportData) -> pd.DataFrame:
    """What each input does to the odds of a purchase and to its amount, as factors, from its first bend to its last."""
    hurdle = None if data.artifact is None else data.artifact.model.hurdle
    if hurdle is None:
        return pd.DataFrame()
    written: dict[str, Callable[[float], str]] = {
        "chance": lambda value: percent(float(expit(value))),
        "amount": lambda value: data.short_money(float(np.exp(value))),
        "money": lambda value: data.short_money(float(np.expm1(value))),
        "days": lambda value: number(float(np.expm1(value)), 0),
        "count": lambda value: number(float(np.expm1(value)), 1),
    }
    tables = []
    for curve in hurdle.curves:
        knots = np.asarray(curve.knots)
        z = np.union1d(np.linspace(knots[0], knots[-1], 40), knots)
        values, axis = curve.mean + curve.scale * z, WORDS["inputs"][curve.name]
        odds, spend = np.exp(curve.basis(values) @ np.column_stack([curve.odds_slopes, curve.spend_slopes])).T
        table = pd.DataFrame({"value": values, "is_knot": np.isin(z, knots), "odds": odds, "spend": spend})
        tables.append(table.assign(input=axis["words"], written=list(map(written[axis["unit"]], values))))
    return pd.concat(tables, ignore_index=True)


def _largest_misses(rows: pd.DataFrame) -> pd.DataFrame:
    """The ten forecasts furthest from what was spent, either way, the furthest first."""
    rows = rows.assign(residual=rows["actual_spend"] - rows["predicted_spend"])
    return rows.sort_values("residual", key=abs, ascending=False, kind="stable", ignore_index=True).head(MISSES)


def _cleaning(report: CleaningReport | None) -> pd.DataFrame:
    """Lines read, left out by reason, and kept; ``left`` is where a bar begins that falls from what was left before."""
    if report is None or report.lines_read == 0:
        return pd.DataFrame()
    dropped = pd.DataFrame([drop.model_dump() for drop in report.dropped], columns=list(DroppedLines.model_fields))
    lines = [report.lines_read, *dropped["lines"], report.lines_kept]
    return pd.DataFrame(
        {
            "lines": lines,
            "left": [0, *(report.lines_read - dropped["lines"].cumsum()), 0],
            "share_of_lines": np.array(lines) / report.lines_read,
            "share_of_spend": [np.nan, *dropped["share_of_spend"], np.nan],
        },
        index=["read", *(f"{MINUS} {reason}" for reason in dropped["reason"]), "kept"],
    )
