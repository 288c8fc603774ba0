"""``write_report()``: the page that shows how good the forecasts are, for people who read pictures, not metrics.

One HTML file with its style and figures inside: it opens from a disk, on a phone and on a desktop, and runs no script.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from model.artifact.card import ModelCard
from model.artifact.history_artifact import HistoryArtifact
from training.evaluation.leaderboard import Leaderboard

if TYPE_CHECKING:
    from jinja2 import Template

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
    """Write ``index.html``, the report of a backtest, in a folder that is made if there is none; gives its path.

    ``backtest`` and ``totals`` have the rows of ``backtest.parquet`` and ``totals.parquet``, see ``training.backtest``.
    The curves of the artifact are drawn where there is one; ``currency`` stands before every amount: ``£``, or ``CHF``
    and a space.
    """
    # Half a second of imports, which nothing but the report needs.
    from model.orders.cleaning import ABSENT, POLICIES  # noqa: PLC0415
    from training.models.summary import SUMMARY  # noqa: PLC0415
    from training.report import figures, words  # noqa: PLC0415
    from training.report.data import STOPS, ReportData, report_tables  # noqa: PLC0415

    data = ReportData(card, leaderboard, backtest, totals, artifact, currency)
    tables = report_tables(data)
    filters: dict[str, Callable[..., str]] = {"money": data.money, "label": words.model_label}
    filters |= {each.__name__: each for each in (words.percent, words.change, words.number, words.day)}
    html = template("page.html", filters).render(
        data=data,
        tables=tables,
        drawings={name: figures.svg(name, table, data) for name, table in tables.items() if len(table)},
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


def template(name: str, filters: Mapping[str, Callable[..., str]] | None = None) -> "Template":
    """A template of this folder; in HTML every text is escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape  # noqa: PLC0415 - see ``write_report``

    pages = Environment(
        loader=FileSystemLoader(PARTS),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters |= filters or {}
    return pages.get_template(name)
