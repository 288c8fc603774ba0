"""What a person reads in a terminal: comparisons as tables, the card as Markdown."""

from collections.abc import Mapping, Sequence

import pandas as pd

from model.artifact.card import Evaluation, ModelCard
from training.evaluation.leaderboard import ACTIVE, ALL_KNOWN, COMPARED, Differences, Leaderboard, Metrics
from training.evaluation.metrics import SPEND_METRICS
from training.report.page import template

# Measures that are shown with one decimal; the others have three.
IN_MONEY_OR_PERCENT = frozenset({"rmse", "rmse_w99", "mae", "bias_pct", "abs_bias_pct"})
POOLED = (
    "rmse", "rmse_w99", "mae", "gini", "top_decile_revenue", "bias_pct", "auc", "log_loss", "brier", "ece",
    "buyers_covered",
)  # fmt: skip
OF_GROUPS = ("rmse_w99", "gini", "bias_pct", "auc", "ece", "buyers_forecast", "buyers_actual", "buyers_covered")
PER_WINDOW = ("rmse_w99", "mae", "gini", "bias_pct", "auc", "ece", "buyers_covered")


def metrics_table(evaluation: Evaluation) -> str:
    """The candidates and their measures as aligned text, the lowest ``rmse_w99`` first."""
    window = evaluation.held_out
    return "\n".join(
        [
            f"held out {window.as_of} to {window.ends_at}: {window.active_customers:,} active customers, "
            f"{window.buyers:,} bought for {window.spend:,.2f}; fitted on {len(evaluation.fitted_on)} windows before",
            *_measures(evaluation.metrics, SPEND_METRICS),
            "all known customers of this window",
            *_measures(evaluation.metrics_all_known, SPEND_METRICS),
            *evaluation.notes,
        ]
    )


def leaderboard_tables(leaderboard: Leaderboard, totals: pd.DataFrame, *, each_window: bool = True) -> str:
    """The leaderboard as text: by group, differences to the baseline, totals, and each window where asked for."""
    parts = [f"{len(leaderboard.windows)} windows pooled; rmse_w99 capped at {leaderboard.w99_cap:,.2f}"]
    for group, models in leaderboard.groups.items():
        measures = POOLED if group in (ALL_KNOWN, ACTIVE) else OF_GROUPS
        parts += ["", group, *_measures(models, measures)]
    for group, differences in leaderboard.differences.items():
        parts += [
            "",
            f"{group}: difference to {leaderboard.baseline}, 95 % interval over customers and windows (* excludes 0)",
            *_differences(differences),
        ]
    for cutoff, groups in leaderboard.windows.items() if each_window else ():
        parts += ["", f"30 days from {cutoff}, all known", *_measures(groups[ALL_KNOWN], PER_WINDOW)]
    for name, of_model in totals.dropna(subset="total_factor").groupby("model", sort=False):
        parts += ["", *_totals(str(name), of_model)]
    parts += ["", "all known, by number of windows that the history model learned from (0: BG/NBD + Gamma-Gamma)"]
    parts += _table({str(count): metrics for count, metrics in leaderboard.learned_from.items()}, PER_WINDOW[:-1])
    correlations = ", ".join(f"{at} {value:+.2f}" for at, value in leaderboard.value_frequency_correlation.items())
    parts += ["", f"rank correlation of order value and frequency, which Gamma-Gamma takes for 0: {correlations}"]
    return "\n".join(
        [*parts, "", f"champion: {leaderboard.champion} ({leaderboard.champion_reason})", *leaderboard.notes]
    )


def card_markdown(card: ModelCard) -> str:
    """The whole card, readable."""
    return template("card.md").render(
        card=card, metrics_table=metrics_table, pooled=lambda models: _measures(models, POOLED)
    )


def _measures(models: Mapping[str, Metrics], names: Sequence[str]) -> list[str]:
    return _table(dict(sorted(models.items(), key=lambda item: item[1]["rmse_w99"] or 0.0)), names)


def _table(models: Mapping[str, Metrics], names: Sequence[str]) -> list[str]:
    rows = [[name, *(_written(metric, metrics.get(metric)) for metric in names)] for name, metrics in models.items()]
    return _aligned([["candidate", *names], *rows])


def _written(metric: str, value: float | None) -> str:
    return "-" if value is None else f"{value:,.{_decimals(metric)}f}"


def _decimals(metric: str) -> int:
    return 1 if metric in IN_MONEY_OR_PERCENT else 3


def _differences(by_model: Mapping[str, Differences]) -> list[str]:
    rows = [
        [name, *(_interval(metric, intervals.get(metric)) for metric in COMPARED)]
        for name, intervals in by_model.items()
    ]
    return _aligned([["candidate", *COMPARED], *rows])


def _totals(name: str, totals: pd.DataFrame) -> list[str]:
    """Sums of the rows, what is expected with the factor, and what came; one line per window, and all together."""
    expected, realised = totals["forecast"] * totals["total_factor"], totals["realised"]
    covered = (totals["low"] <= realised) & (realised <= totals["high"])
    amounts = (totals["forecast"], expected, totals["low"], totals["high"], realised)
    rows = [
        [f"{cutoff:%Y-%m-%d}", f"{factor:.3f}", *(f"{amount:,.0f}" for amount in window), "yes" if is_covered else "no"]
        for cutoff, factor, is_covered, *window in zip(
            totals["cutoff"], totals["total_factor"], covered, *amounts, strict=True
        )
    ]
    return [
        f"{name}: total of all known customers; {int(covered.sum())} of {len(rows)} inside the 80 % interval, together "
        f"{100 * (expected.sum() / realised.sum() - 1):+.1f} % off",
        *_aligned([["30 days from", "factor", "sum", "expected", "low", "high", "realised", "inside"], *rows]),
    ]


def _interval(metric: str, interval: tuple[float, float] | None) -> str:
    if interval is None:
        return "-"
    low, high = (f"{bound:+,.{_decimals(metric)}f}" for bound in interval)
    return f"{low} to {high}{'*' if interval[0] > 0 or interval[1] < 0 else ' '}"


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in rows
    ]
