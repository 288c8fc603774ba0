"""``write_report()``: the page that shows how good the forecasts are, for people who read pictures, not metrics.

One HTML file with its style and figures inside: it opens from a disk, on a phone and on a desktop, and runs no script.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import jinja2

from model.orders.cleaning import ABSENT, POLICIES
from training.models.summary import SUMMARY
from training.report import words
from training.report.data import STOPS, ReportData, report_tables

PARTS = Path(__file__).parent
FILE_NAME = "index.html"


def write_report(directory: Path, data: ReportData) -> Path:
    """Write ``index.html``, the report of a backtest, in a folder that is made if there is none; gives its path."""
    from training.report import figures  # noqa: PLC0415 - brings matplotlib, which nothing but the report needs

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


def template(name: str, filters: Mapping[str, Callable[..., str]] | None = None) -> jinja2.Template:
    """A template of this folder; in HTML every text is escaped."""
    pages = jinja2.Environment(
        autoescape=jinja2.select_autoescape(), undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    pages.loader = jinja2.FileSystemLoader(PARTS)
    pages.filters |= filters or {}
    return pages.get_template(name)
