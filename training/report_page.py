"""``write_report()``: the page that shows how good the forecasts are, for people who read pictures, not metrics.

One HTML file with its style and drawings inside: it opens from a disk, in light and dark, on
a phone and on a desktop, and runs no script.
"""

from html import escape
from pathlib import Path
from string import Template

import pandas as pd

from model.card import ModelCard
from model.history_artifact import HistoryArtifact
from training.leaderboard import Leaderboard
from training.page.cleaning import cleaning_figure
from training.page.curves import curves_figure
from training.page.evidence import Evidence
from training.page.experience import assumption_figure, learning_figure
from training.page.figure import Figure
from training.page.intervals import coverage_by_chance_figure, coverage_by_window_figure
from training.page.leaderboard import difference_figure, leaderboard_html
from training.page.misses import misses_figure
from training.page.probability import calibration_figure, quiet_figure
from training.page.ranking import decile_figure, gain_figure
from training.page.tiles import tiles_html
from training.page.windows import error_figure, totals_figure
from training.page.words import day

PARTS = Path(__file__).parent / "page"
FILE_NAME = "index.html"

FIGURES = (
    gain_figure,
    decile_figure,
    calibration_figure,
    quiet_figure,
    totals_figure,
    coverage_by_window_figure,
    coverage_by_chance_figure,
    curves_figure,
    learning_figure,
    assumption_figure,
    misses_figure,
    cleaning_figure,
)


def write_report(
    directory: Path,
    *,
    card: ModelCard,
    leaderboard: Leaderboard,
    backtest: pd.DataFrame,
    totals: pd.DataFrame,
    artifact: HistoryArtifact | None = None,
    currency: str = "",
) -> Path:
    """Write ``index.html``, the report of a backtest.

    Parameters
    ----------
    directory : Path
        Made if it does not exist.
    card : ModelCard
        For the data that the model learned from, and its version.
    leaderboard : Leaderboard
        Its measures, per group, model and window, and its intervals of differences to the baseline.
    backtest, totals : DataFrame
        The rows of ``backtest.parquet`` and ``totals.parquet``, see ``training.backtest``.
    artifact : HistoryArtifact, optional
        Whose curves are drawn.
    currency : str
        Stands before every amount: ``£`` or ``CHF`` and a space.

    Returns
    -------
    Path
        The file.
    """
    evidence = Evidence(card, leaderboard, backtest, totals, artifact, currency)
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / FILE_NAME
    path.write_text(report_html(evidence), encoding="utf-8")
    return path


def report_html(evidence: Evidence) -> str:
    """The whole page."""
    return Template((PARTS / "page.html").read_text(encoding="utf-8")).substitute(
        title=escape(f"Forecast report: {evidence.champion_label}"),
        style=(PARTS / "style.css").read_text(encoding="utf-8").strip(),
        headline=escape(f"How well is the spend of the next {evidence.card.horizon_days} days forecast?"),
        lead=escape(_lead(evidence)),
        tiles=tiles_html(evidence),
        figures=_figures(evidence),
        footer=escape(_footer(evidence)),
    )


def _figures(evidence: Evidence) -> str:
    beside = [figure for figure in (difference_figure(evidence), error_figure(evidence)) if figure is not None]
    return leaderboard_html(evidence) + _stack(beside) + "\n".join(build(evidence).html for build in FIGURES)


def _stack(figures: list[Figure]) -> str:
    return f'<div class="stack">{"".join(figure.html for figure in figures)}</div>' if figures else ""


def _lead(evidence: Evidence) -> str:
    rows, cutoffs = evidence.champion, evidence.cutoffs
    count = len(cutoffs)
    windows = f"the window from {day(cutoffs[0])}" if count == 1 else f"{count} windows from {day(cutoffs[0])} on"
    return (
        f"{len(rows):,} forecasts for {rows['customer_id'].nunique():,} customers in {windows}. Each was made from "
        f"what was known when its window began, and is shown beside what then happened. {evidence.champion_label} "
        f"is the champion of {len(evidence.leaderboard.models)} models."
    )


def _footer(evidence: Evidence) -> str:
    card = evidence.card
    parts = [f"Model version {card.model_version}, trained {day(card.trained_at)}."]
    if card.data is not None:
        data = card.data
        parts.append(
            f"Data: {data.customers:,} customers, {data.orders:,} orders, {evidence.money(data.spend)}, "
            f"{day(data.first_line_at)} to {day(data.last_line_at)}."
        )
    parts.append(
        "Coloured chips compare with fixed aims: total within 8 %, chance within 2 points, coverage of 76 to 84 %. "
        "Thin upright lines are 95 % intervals."
    )
    return " ".join(parts)
