"""The figures of the report, one function each: matplotlib draws them, as SVG that stands in the page."""

import re
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from warnings import catch_warnings, filterwarnings

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator

from training.evaluation.leaderboard import GROUPS
from training.report.data import RANKED_BY, TOP, ReportData
from training.report.words import NARROW, model_label, number, percent, short_money

STYLE = Path(__file__).parent / "report.mplstyle"
CHAMPION, RIVAL, ACTUAL, INK, QUIET = "#0068b3", "#b8540a", "#8d99a8", "#16202c", "#576475"
GOOD, ROW_INCHES = "#e1f1eb", 0.34
GOOD_COVERAGE, WEAK_CORRELATION = (0.76, 0.84), 0.1
FACTORS = (0.2, 1.0, 5.0)
# Of an SVG file: its size on paper, name spaces that HTML knows, comments, and counted names, which clash in a page.
SURPLUS = re.compile(
    r'(?<=<svg) width="\S+" height="\S+"| xmlns(:xlink)?="[^"]*"| version="1.1"|<!--.*?-->\n?| id="[A-Za-z.]+(2d)?_\d+"'
)

Draw = Callable[[pd.DataFrame, ReportData], Figure]
Words = Callable[[float], str]


def svg(name: str, table: pd.DataFrame, data: ReportData) -> str:
    """A figure as an SVG element: no size, date or name space of its own, and the same for the same table."""
    drawn, nothing = BytesIO(), dict.fromkeys(("Creator", "Date", "Format", "Type"))
    # Names of clips and marks are hashes, with the figure's name as salt, so that no two in the page are the same.
    with rc_context({"svg.hashsalt": name}, fname=STYLE), catch_warnings():
        filterwarnings("ignore", "Glyph")  # a letter that this font has not: words stay words, the reader's font has it
        FIGURES[name](table, data).savefig(drawn, format="svg", metadata=nothing)
    text = drawn.getvalue().decode()
    return SURPLUS.sub("", text[text.index("<svg") :]).replace("xlink:href", "href")


def differences(table: pd.DataFrame, data: ReportData) -> Figure:
    """Typical error of each model less the baseline's, with its 95 % interval."""
    figure, axes = _rows([model_label(name) for name in table["model"]])
    # A naive model far behind would press all others into a corner.
    far = 4 * float(max(-table["low"].to_numpy().min(), table["high"].to_numpy().min()))
    places, colours = np.arange(len(table)), np.where(table["model"] == data.champion_name, CHAMPION, QUIET)
    axes.hlines(places, table["low"], table["high"].clip(upper=far), colors=colours.tolist())
    for marker, shown in ((">", table["difference"] > far), ("o", table["difference"] <= far)):
        axes.scatter(table["difference"].clip(upper=far)[shown], places[shown], c=colours[shown], marker=marker)
    axes.axvline(0, color=INK, linewidth=1.5)
    words = f"typical error less that of {model_label(data.leaderboard.baseline)} ({_unit(data)})"
    _label(axes, x=words, x_format=data.short_money)
    return figure


def errors(table: pd.DataFrame, data: ReportData) -> Figure:
    """Typical error of champion and rival in each window."""
    figure, axes = _windows(table.index)
    axes.bar(range(len(table)), table["champion"], 0.6, color=CHAMPION, label=model_label(data.champion_name))
    axes.plot(table["rival"].to_numpy(), "o", mfc="white", mec=RIVAL, mew=2, label=model_label(data.rival_name or ""))
    _label(axes, y=f"typical error ({_unit(data)} per customer)", y_format=data.short_money, legend=2)
    return figure


def gain(table: pd.DataFrame, data: ReportData) -> Figure:
    """Share of revenue against share of customers, the highest forecasts first."""
    figure, axes = _plain()
    for curve, label, colour, line, width in (
        ("perfect", "Perfect foresight", INK, "-", 1.5),
        ("champion", model_label(data.champion_name), CHAMPION, "-", 3),
        ("rival", model_label(data.rival_name or ""), RIVAL, "--", 2),
        ("chance", "Chance", QUIET, ":", 1.5),
    ):
        if curve in table:
            found = percent(float(table[curve].to_numpy()[table.index == TOP][0]))
            axes.plot(table.index, table[curve], line, color=colour, linewidth=width, label=f"{label}: {found}")
    axes.axvline(TOP, color=QUIET, linewidth=1, linestyle=":")
    axes.legend(loc="lower right", title=f"found in the top {percent(TOP)}", alignment="left")
    x = "share of customers, highest forecast first"
    _label(axes, x=x, x_format=percent, y="share of revenue", y_format=percent)
    return figure


def deciles(table: pd.DataFrame, data: ReportData) -> Figure:
    """Average forecast and average spend of ten groups, the highest forecasts first."""
    words, unit = ("forecast", "spent"), f"{_unit(data)} per customer in the window"
    return _told_and_came(
        list(table.index), table["told"], table["came"], words=words, unit=unit, written=data.short_money
    )


def quiet(table: pd.DataFrame, _: ReportData) -> Figure:
    """Chance told and share that bought, by how long customers have been quiet."""
    labels = ["All known", "Active", "Quiet up to 180 days", "Quiet 180–365 days", "Quiet over a year"]
    groups = table["group"].map(dict(zip(GROUPS, labels, strict=True))).tolist()
    words, unit = ("expected to buy", "bought"), "share of customers"
    return _told_and_came(groups, table["told"], table["share"], words=words, unit=unit, written=percent)


def calibration(table: pd.DataFrame, data: ReportData) -> Figure:
    """Share that bought, with its 95 % interval, against the chance told, by band of the chance."""
    figure, axes = _plain()
    end = min(1.0, np.ceil(5 * table[["told", "high"]].to_numpy().max()) / 5)
    axes.plot([0, end], [0, end], color=QUIET, linewidth=1, linestyle="--", label="as told")
    for name in reversed(list(dict.fromkeys(table["model"]))):
        part = table[table["model"] == name]
        if name == data.champion_name:
            interval = part["share"] - part["low"], part["high"] - part["share"]
            axes.errorbar(
                part["told"], part["share"], np.maximum(interval, 0), fmt="o-", color=CHAMPION, label=model_label(name)
            )
        else:
            axes.plot(part["told"], part["share"], "--", color=RIVAL, label=model_label(name))
    axes.legend(loc="upper left")
    _label(axes, x="chance of a purchase, as told", x_format=percent, y="share that bought", y_format=percent)
    return figure


def totals(table: pd.DataFrame, data: ReportData) -> Figure:
    """What all known customers spent in each window, and what was expected, with its 80 % range."""
    figure, axes = _windows(table["cutoff"])
    axes.bar(range(len(table)), table["realised"], 0.6, color=ACTUAL, label="spent")
    axes.vlines(range(len(table)), table["low"], table["high"], color=CHAMPION)
    axes.plot(table["expected"].to_numpy(), "o", color=CHAMPION, mec="white", label="expected, with its 80 % range")
    _label(axes, y=f"all known customers ({_unit(data)})", y_format=data.short_money, legend=2)
    return figure


def coverage_windows(table: pd.DataFrame, _: ReportData) -> Figure:
    """Share of buyers inside their range, by window."""
    return _coverage(_windows(table.index), table)


def coverage_chances(table: pd.DataFrame, _: ReportData) -> Figure:
    """Share of buyers inside their range, by the chance of a purchase that they were given."""
    figure, axes = _columns([str(band).rstrip(f"{NARROW}%") for band in table.index])
    axes.set_xlabel("chance of a purchase, as told (%)")
    axes.tick_params(axis="x", labelsize="small")
    return _coverage((figure, axes), table)


def curves(table: pd.DataFrame, _: ReportData) -> Figure:
    """Each input's factors on the odds of a purchase and on spend if buying, between its outer bends."""
    parts = list(table.groupby("input", sort=False))
    figure = Figure(figsize=(5, 1.7 * -(-len(parts) // 2) + 0.4))
    grid = figure.subplots(-(-len(parts) // 2), 2, squeeze=False, sharey=True).ravel()
    for axes, (name, part) in zip(grid, parts, strict=False):
        axes.axhline(1, color=INK, linewidth=1)
        for column, colour, style in (("spend", RIVAL, "--"), ("odds", CHAMPION, "-")):
            axes.plot(part["value"], part[column], style, color=colour)
        axes.set_yscale("log")
        axes.set_yticks(FACTORS, [f"×{factor:g}" for factor in FACTORS])
        axes.yaxis.set_minor_locator(NullLocator())
        axes.set_ylim(FACTORS[0], FACTORS[-1])
        ends = part.iloc[[0, -1]]
        axes.set_xticks(ends["value"], ends["written"])
        for text, side in zip(axes.get_xticklabels(), ("left", "right"), strict=True):
            text.set_horizontalalignment(side)
        axes.set_title(str(name), loc="left", fontsize="medium", color=INK)
    for axes in grid[len(parts) :]:
        axes.set_axis_off()
    figure.legend(
        grid[0].get_lines()[:0:-1], ["odds of a purchase", "spend if buying"], loc="outside upper left", ncols=2
    )
    return figure


def learning(table: pd.DataFrame, data: ReportData) -> Figure:
    """Typical error by the number of past windows learned from, beside BG/NBD, which needs none."""
    mine = table[table.index > 0]
    figure, axes = _columns([str(count) for count in mine.index])
    axes.plot(range(len(mine)), mine[RANKED_BY], "o-", color=CHAMPION, label="History model")
    if 0 in table.index:
        axes.axhline(
            float(table[RANKED_BY].to_numpy()[table.index == 0][0]), color=RIVAL, linestyle="--", label="BG/NBD"
        )
    _label(
        axes,
        x="windows of 30 days learned from",
        y=f"typical error ({_unit(data)} per customer)",
        y_format=data.short_money,
        legend=2,
    )
    return figure


def assumption(table: pd.DataFrame, _: ReportData) -> Figure:
    """Rank correlation of order value and frequency at each cutoff."""
    figure, axes = _windows(table.index)
    axes.axhspan(-WEAK_CORRELATION, WEAK_CORRELATION, color=GOOD, label="weak")
    bars = axes.bar(range(len(table)), table["correlation"], 0.6, color=CHAMPION)
    axes.bar_label(bars, [number(value, 2) for value in table["correlation"]], padding=2)
    axes.axhline(0, color=INK, linewidth=1)
    axes.set_ylim(min(-0.5, table["correlation"].min()), max(0.5, table["correlation"].max()))
    _label(axes, y="rank correlation (−1 to 1)", y_format=lambda value: number(value, 2))
    return figure


def misses(table: pd.DataFrame, data: ReportData) -> Figure:
    """Forecast and spend of the ten largest misses, with the range if they buy."""
    figure, axes = _rows([f"{_shortened(row.customer_id)} · {row.cutoff:%b %Y}" for row in table.itertuples()])
    places = np.arange(len(table))
    axes.barh(
        places,
        table["spend_if_purchase_high"] - table["spend_if_purchase_low"],
        0.5,
        table["spend_if_purchase_low"],
        color="#d5e5f2",
        label="80 % if they buy",
    )
    axes.hlines(places, table["predicted_spend"], table["actual_spend"], color=INK, linewidth=1.5)
    axes.plot(table["predicted_spend"], places, "o", color=CHAMPION, label="forecast")
    axes.plot(table["actual_spend"], places, "o", color=ACTUAL, label="spent")
    _label(axes, x=f"one customer's spend in the window ({_unit(data)})", x_format=data.short_money, legend=3)
    return figure


def cleaning(table: pd.DataFrame, _: ReportData) -> Figure:
    """Lines read, lines left out by reason, lines kept."""
    figure, axes = _rows(list(table.index))
    colours = [ACTUAL, *[RIVAL] * (len(table) - 2), CHAMPION]
    bars = axes.barh(range(len(table)), table["lines"], 0.6, table["left"], color=colours)
    axes.bar_label(bars, [f"{lines:,}" for lines in table["lines"]], padding=3)
    axes.set_xlim(0, 1.25 * table["lines"].max())
    _label(axes, x="order lines (count)", x_format=lambda value: short_money(value, ""))
    return figure


FIGURES: dict[str, Draw] = {
    draw.__name__.replace("_", "-"): draw
    for draw in (
        differences, errors, gain, deciles, calibration, quiet, totals, coverage_windows, coverage_chances, curves,
        learning, assumption, misses, cleaning,
    )
}  # fmt: skip


def _told_and_came(
    labels: Sequence[str],
    told: "pd.Series[float]",
    came: "pd.Series[float]",
    *,
    words: tuple[str, str],
    unit: str,
    written: Words,
) -> Figure:
    """Bullet chart: what was told (a mark) and what came (a bar), row by row."""
    figure, axes = _rows(labels)
    axes.barh(range(len(labels)), came, 0.6, color=ACTUAL, label=words[1])
    axes.plot(told.to_numpy(), range(len(labels)), "|", color=CHAMPION, markersize=14, mew=3, label=words[0])
    _label(axes, x=unit, x_format=written, legend=2)
    return figure


def _coverage(place: tuple[Figure, Axes], table: pd.DataFrame) -> Figure:
    figure, axes = place
    axes.axhspan(*GOOD_COVERAGE, color=GOOD)
    axes.axhline(0.8, color=INK, linewidth=1)
    interval = table["share"] - table["low"], table["high"] - table["share"]
    axes.errorbar(range(len(table)), table["share"], np.maximum(interval, 0), fmt="o", color=CHAMPION)
    axes.set_ylim(min(0.6, table["share"].min() - 0.05), 1)
    _label(axes, y="share of buyers inside", y_format=percent)
    return figure


def _plain() -> tuple[Figure, Axes]:
    figure = Figure()
    return figure, figure.subplots()


def _rows(labels: Sequence[str]) -> tuple[Figure, Axes]:
    """Axes with a row for each label, the first on top."""
    figure = Figure(figsize=(5, 1 + ROW_INCHES * len(labels)))
    axes = figure.subplots()
    axes.set_yticks(range(len(labels)), labels, color=INK)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.xaxis.set_major_locator(MaxNLocator(4))
    return figure, axes


def _columns(labels: Sequence[str]) -> tuple[Figure, Axes]:
    """Axes with a column for each label, of which as many are written as there is room for."""
    figure, axes = _plain()
    every = -(-len(labels) // 8)
    axes.set_xticks(range(0, len(labels), every), labels[::every])
    axes.set_xlim(-0.6, len(labels) - 0.4)
    axes.grid(visible=False, axis="x")
    return figure, axes


def _windows(cutoffs: "pd.Index | pd.Series[pd.Timestamp]") -> tuple[Figure, Axes]:
    """A column for each window: day over year, where it changes."""
    moments = list(cutoffs)
    years = [None, *(at.year for at in moments)]
    figure, axes = _columns(
        [
            f"{at.day} {at:%b}" + (f"\n{at:%Y}" if at.year != year else "")
            for at, year in zip(moments, years, strict=False)
        ]
    )
    axes.set_xlabel("first day of the window")
    return figure, axes


def _label(
    axes: Axes,
    *,
    x: str = "",
    y: str = "",
    x_format: Words | None = None,
    y_format: Words | None = None,
    legend: int = 0,
) -> None:
    """Names and numbers of the axes and, above the plot, what the marks mean."""
    for axis, name, words in ((axes.xaxis, x, x_format), (axes.yaxis, y, y_format)):
        axis.set_label_text(name or axis.get_label_text())
        if words:
            axis.set_major_formatter(FuncFormatter(lambda value, _, words=words: words(value)))
    if legend:
        axes.figure.legend(*axes.get_legend_handles_labels(), loc="outside upper left", ncols=legend)


def _unit(data: ReportData) -> str:
    return data.currency.strip() or "money"


def _shortened(customer_id: object, length: int = 14) -> str:
    words = str(customer_id)
    return words if len(words) <= length else words[: length - 1] + "…"
