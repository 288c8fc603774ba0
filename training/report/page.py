"""``write_report()``: the page that shows how good the forecasts are, for people who read pictures, not metrics.

One HTML file with its style and figures inside: it opens from a disk, on a phone and on a desktop, and runs no script.
"""

from pathlib import Path

import pandas as pd

from model.artifact.card import ModelCard
from model.artifact.history_artifact import HistoryArtifact
from training.evaluation.leaderboard import Leaderboard

PARTS = Path(__file__).parent
FILE_NAME = "index.html"


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
    # Half a second of imports, which nothing but the report needs.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415

    from model.orders.cleaning import ABSENT, POLICIES  # noqa: PLC0415
    from training.models.summary import SUMMARY  # noqa: PLC0415
    from training.report import figures, words  # noqa: PLC0415
    from training.report.data import STOPS, ReportData, report_tables  # noqa: PLC0415

    data = ReportData(card, leaderboard, backtest, totals, artifact, currency)
    tables = report_tables(data)
    drawings = {name: figures.svg(name, table, data) for name, table in tables.items() if len(table)}
    pages = Environment(
        loader=FileSystemLoader(PARTS), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    pages.filters |= {
        "money": data.money,
        "percent": words.percent,
        "change": words.change,
        "number": words.number,
        "day": words.day,
        "label": words.model_label,
    }
    html = pages.get_template("page.html").render(
        data=data,
        tables=tables,
        drawings=drawings,
        words=words.WORDS,
        stops=STOPS,
        summary=SUMMARY,
        policies=POLICIES,
        absent=ABSENT,
    )
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / FILE_NAME
    path.write_text(html, encoding="utf-8")
    return path
