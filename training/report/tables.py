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
            _measures(evaluation.metrics, SPEND_METRICS),
            "all known customers of this window",
            _measures(evaluation.metrics_all_known, SPEND_METRICS),
            *evaluation.notes,
        ]
    )


def leaderboard_tables(leaderboard: Leaderboard, totals: pd.DataFrame, *, each_window: bool = True) -> str:
    """The leaderboard as text: by group, differences to the baseline, totals, and each window where asked for."""
    return template("leaderboard.txt").render(
        board=leaderboard,
        totals=totals.dropna(subset="total_factor").groupby("model", sort=False),
        each_window=each_window,
        compared_groups=(ALL_KNOWN, ACTIVE),
        pooled=POOLED,
        of_groups=OF_GROUPS,
        per_window=PER_WINDOW,
        measures=_measures,
        differences=_differences,
        sums=_sums,
        table=_table,
    )


def card_markdown(card: ModelCard) -> str:
    """The whole card, readable."""
    return template("card.md").render(
        card=card, metrics_table=metrics_table, pooled=lambda models: _measures(models, POOLED)
    )


def _measures(models: Mapping[str, Metrics], names: Sequence[str]) -> str:
    return _table(dict(sorted(models.items(), key=lambda item: item[1]["rmse_w99"] or 0.0)), names)


def _table(models: Mapping[str, Metrics] | Mapping[int, Metrics], names: Sequence[str]) -> str:
    rows = [[str(of), *(_written(metric, metrics.get(metric)) for metric in names)] for of, metrics in models.items()]
    return _aligned([["candidate", *names], *rows])


def _written(metric: str, value: float | None) -> str:
    return "-" if value is None else f"{value:,.{_decimals(metric)}f}"


def _decimals(metric: str) -> int:
    return 1 if metric in IN_MONEY_OR_PERCENT else 3


def _differences(by_model: Mapping[str, Differences]) -> str:
    rows = [
        [name, *(_interval(metric, intervals.get(metric)) for metric in COMPARED)]
        for name, intervals in by_model.items()
    ]
    return _aligned([["candidate", *COMPARED], *rows])


def _interval(metric: str, interval: tuple[float, float] | None) -> str:
    if interval is None:
        return "-"
    low, high = (f"{bound:+,.{_decimals(metric)}f}" for bound in interval)
    return f"{low} to {high}{'*' if interval[0] > 0 or interval[1] < 0 else ' '}"


def _sums(windows: pd.DataFrame, expected: "pd.Series[float]", is_inside: "pd.Series[bool]") -> str:
    """Sums of the rows, what is expected with the factor, and what came; one line per window."""
    table = pd.DataFrame(
        {
            "30 days from": windows["cutoff"].map("{:%Y-%m-%d}".format),
            "factor": windows["total_factor"].map("{:.3f}".format),
            "sum": windows["forecast"].map("{:,.0f}".format),
            "expected": expected.map("{:,.0f}".format),
            **{name: windows[name].map("{:,.0f}".format) for name in ("low", "high", "realised")},
            "inside": is_inside.map({True: "yes", False: "no"}),
        }
    )
    return _aligned([table.columns.tolist(), *table.to_numpy().tolist()])


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in rows
    )
