"""What a person reads in a terminal: comparisons as tables, the card as Markdown."""

from collections.abc import Iterable, Mapping, Sequence

from model.card import Evaluation, HistoryCard, ModelCard
from training.evaluate import SPEND_METRICS
from training.leaderboard import COMPARED, Differences, Leaderboard, Metrics
from training.totals import EVERYBODY, Totals, WindowTotal

DECIMALS = {
    "r2": 3, "spearman": 3, "gini": 3, "top_decile_revenue": 3, "auc": 3, "log_loss": 3, "brier": 3, "ece": 3,
    "coverage_80": 3, "coverage_80_buyers": 3,
}  # fmt: skip
POOLED = (
    "rmse", "rmse_w99", "mae", "gini", "top_decile_revenue", "bias_pct", "auc", "brier", "ece", "coverage_80"
)  # fmt: skip
PER_WINDOW = ("rmse_w99", "mae", "gini", "bias_pct", "auc", "coverage_80")


def metrics_table(evaluation: Evaluation) -> str:
    """The candidates and their measures as aligned text, the lowest ``rmse_w99`` first."""
    window = evaluation.held_out
    return "\n".join(
        [
            f"held out {window.as_of} to {window.ends_at}: {window.active_customers:,} active customers, "
            f"{window.buyers:,} bought for {window.spend:,.2f}; fitted on {len(evaluation.fitted_on)} windows before",
            *_measures(evaluation.metrics, SPEND_METRICS),
            *evaluation.notes,
        ]
    )


def leaderboard_tables(leaderboard: Leaderboard, *, each_window: bool = True) -> str:
    """The leaderboard as text: pooled, differences to the baseline, and each window where asked for."""
    parts = [
        f"{len(leaderboard.windows)} windows pooled; rmse_w99 capped at {leaderboard.w99_cap:,.2f}",
        *_measures(leaderboard.models, POOLED),
        "",
        f"difference to {leaderboard.baseline}, 95 % interval over customers (* excludes 0)",
        *_differences(leaderboard.differences),
    ]
    for cutoff, metrics in leaderboard.windows.items() if each_window else ():
        parts += ["", f"30 days from {cutoff}", *_measures(metrics, PER_WINDOW)]
        if cutoff in leaderboard.window_differences:
            parts += [f"difference to {leaderboard.baseline}", *_differences(leaderboard.window_differences[cutoff])]
    for name, totals in leaderboard.totals.items():
        parts += ["", *_totals(name, totals)]
    return "\n".join(
        [*parts, "", f"champion: {leaderboard.champion} ({leaderboard.champion_reason})", *leaderboard.notes]
    )


def card_markdown(card: ModelCard) -> str:
    """The whole card, readable."""
    parts = [
        f"# Model card {card.model_version}",
        f"{card.estimator}; forecasts the spend of the next {card.horizon_days} days of customers with a purchase in "
        f"the last {card.active_days}. Trained {card.trained_at:%Y-%m-%d %H:%M} UTC, seed {card.seed}.\n\n"
        f"SHA-256 of model.pkl: `{card.model_sha256}`",
        "## Features\n\n"
        + _markdown(
            ["", "name", "unit", "meaning"], [[f.position + 1, f.name, f.unit, f.meaning] for f in card.features]
        ),
    ]
    if card.data is not None:
        parts.append(f"## Data\n\n```text\n{card.data.table()}\n```")
    if card.evaluation is not None:
        parts.append(f"## Held-out window\n\n```text\n{metrics_table(card.evaluation)}\n```")
    if card.refitted_on:
        rows = [[w.as_of, w.ends_at, w.active_customers, w.buyers, f"{w.spend:,.2f}"] for w in card.refitted_on]
        parts.append(
            "## Refitted on all complete windows\n\n"
            + _markdown(["as of", "ends", "active customers", "buyers", "spend"], rows)
        )
    if card.history is not None:
        parts.append(_history_markdown(card.history))
    for title, section in (
        ("Segment thresholds", card.segments.model_dump()),
        ("Guardrails", card.guardrails.model_dump()),
        ("Purchase probability", card.probability.model_dump()),
        ("Libraries", card.libraries),
    ):
        parts.append(f"## {title}\n\n" + _markdown(["name", "value"], list(section.items())))
    return "\n\n".join(parts)


def _history_markdown(history: HistoryCard) -> str:
    return "\n\n".join(
        [
            f"## History model: {history.name}",
            f"{history.reason}. SHA-256 of history_model.pkl: `{history.sha256}`",
            "Pooled over the backtest's windows "
            f"({', '.join(str(cutoff) for cutoff in history.backtest_cutoffs)}):\n\n```text\n"
            + "\n".join(_measures(history.metrics, POOLED))
            + "\n```",
            _markdown(["parameter", "value"], list(history.parameters.items())),
        ]
    )


def _measures(models: Mapping[str, Metrics], names: Sequence[str]) -> list[str]:
    ranked = sorted(models.items(), key=lambda item: item[1]["rmse_w99"] or 0.0)
    return _aligned([["candidate", *names], *([name, *_formatted(metrics, names)] for name, metrics in ranked)])


def _formatted(metrics: Metrics, names: Sequence[str]) -> list[str]:
    values = ((name, metrics.get(name)) for name in names)
    return ["-" if value is None else f"{value:,.{DECIMALS.get(name, 1)}f}" for name, value in values]


def _differences(by_model: Mapping[str, Differences]) -> list[str]:
    rows = [
        [name, *(_interval(metric, intervals.get(metric)) for metric in COMPARED)]
        for name, intervals in by_model.items()
    ]
    return _aligned([["candidate", *COMPARED], *rows])


def _totals(name: str, totals: Totals) -> list[str]:
    rows = [
        [total.cutoff, *map(_money, (total.forecast, total.low, total.high, total.realised)), _yes_no(total.is_covered)]
        for total in totals[EVERYBODY]
    ]
    parts = [f"{part} in {_covered(of_part)}" for part, of_part in totals.items() if part != EVERYBODY]
    return [
        f"{name}: total of {EVERYBODY}, 80 % interval; covered in {_covered(totals[EVERYBODY])} windows",
        *_aligned([["30 days from", "forecast", "low", "high", "realised", "covered"], *rows]),
        f"parts covered: {', '.join(parts)}",
    ]


def _covered(totals: Sequence[WindowTotal]) -> str:
    judged = [total.is_covered for total in totals if total.is_covered is not None]
    return f"{sum(judged)} of {len(judged)}"


def _money(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}"


def _yes_no(value: bool | None) -> str:
    return "-" if value is None else "yes" if value else "no"


def _interval(metric: str, interval: tuple[float, float] | None) -> str:
    if interval is None:
        return "-"
    low, high = (f"{bound:+,.{DECIMALS.get(metric, 1)}f}" for bound in interval)
    return f"{low} to {high}{'*' if interval[0] > 0 or interval[1] < 0 else ' '}"


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in rows
    ]


def _markdown(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)
