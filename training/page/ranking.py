"""Does the list put the right customers on top? The gain curve, and ten groups from the highest forecast down."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from training.page.drawing import Drawing, Scale
from training.page.evidence import Evidence, FloatArray, tenth_labels, tenths
from training.page.figure import Figure, Numbers, Verdict
from training.page.rows import draw_bullets
from training.page.words import percent, shortened

STOPS = (0.05, 0.1, 0.2, 0.3, 0.5)
TOP = 0.1
CLOSE = 0.01
# A group's average of a few hundred skewed spends wanders by this much on its own.
GROUP_TOLERANCE = 0.2


def captured(actual: FloatArray, forecast: FloatArray, at: FloatArray) -> FloatArray:
    """Share of the revenue that the customers with the highest forecasts brought.

    Parameters
    ----------
    actual, forecast : arrays of shape (n_customers,)
        The spend, and what the customers are put in order by; equal forecasts share their place.
    at : array
        Shares of customers, 0 to 1.
    """
    _, places = np.unique(-forecast, return_inverse=True)
    customers = np.concatenate([[0.0], np.cumsum(np.bincount(places)) / len(actual)])
    revenue = np.concatenate([[0.0], np.cumsum(np.bincount(places, weights=actual)) / actual.sum()])
    return np.asarray(np.interp(at, customers, revenue), dtype=np.float64)


@dataclass(frozen=True)
class Curve:
    """A way to put customers in order, and the spend that they brought."""

    label: str
    style: str
    actual: FloatArray
    forecast: FloatArray

    def at(self, share: float) -> float:
        """Share of the revenue that a share of customers brought."""
        return float(captured(self.actual, self.forecast, np.array([share]))[0])


def gain_figure(evidence: Evidence) -> Figure:
    """Share of revenue against share of customers, for perfect foresight, the champion, its rival and chance."""
    name, title = "gain", "Does the list find the big spenders?"
    if evidence.champion["actual_spend"].sum() <= 0:
        return Figure(name, title, "Nobody bought in these windows, so there is no revenue to find.")
    curves = gain_curves(evidence)
    at_top = {curve.style: curve.at(TOP) for curve in curves}
    finding = (
        f"The {percent(TOP)} of customers with the highest forecasts brought {percent(at_top['champion'])} of the "
        f"revenue; perfect foresight would have found {percent(at_top['perfect'])}"
    )
    finding += f", {evidence.rival_label} {percent(at_top['rival'])}." if "rival" in at_top else "."
    ahead = at_top["champion"] - at_top.get("rival", TOP)
    return Figure(
        name,
        title,
        finding,
        good="the bold line runs close under the upper one and far above the diagonal, a list in random order.",
        verdict=Verdict.of(good=ahead >= 0, fair=ahead >= -CLOSE),
        svg=_draw_gain(curves, finding),
        numbers=Numbers(
            ["Customers, best first", *(curve.label for curve in curves)],
            [[percent(stop), *(percent(curve.at(stop), 1) for curve in curves)] for stop in STOPS],
        ),
    )


def gain_curves(evidence: Evidence) -> list[Curve]:
    """Perfect foresight, the champion, its rival where there is one, and chance."""
    actual, forecast = _spends(evidence.champion)
    curves = [
        Curve("Perfect foresight", "perfect", actual, actual),
        Curve(evidence.champion_label, "champion", actual, forecast),
    ]
    if evidence.rival is not None:
        curves.append(Curve(evidence.rival_label, "rival", *_spends(evidence.rival)))
    return [*curves, Curve("Chance", "chance", actual, np.zeros(len(actual)))]


def _spends(rows: pd.DataFrame) -> tuple[FloatArray, FloatArray]:
    return rows["actual_spend"].to_numpy(dtype=np.float64), rows["predicted_spend"].to_numpy(dtype=np.float64)


def _draw_gain(curves: list[Curve], description: str) -> str:
    drawing = Drawing(350)
    x, y = Scale(0, 1, 40, 350), Scale(0, 1, 306, 14)
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        drawing.line((x.start, y(tick)), (x.end, y(tick)), "grid")
        drawing.words((x.start - 6, y(tick) + 4), percent(tick), "quiet figure", "end")
        if tick:
            drawing.words((x(tick), 324), percent(tick), "quiet figure", "end" if tick == 1 else "middle")
    drawing.words((x(0.5), 343), "share of customers, highest forecast first", "quiet", "middle")
    drawing.words((x.start + 6, 9), "share of revenue", "quiet")
    drawing.line((x(TOP), y(0)), (x(TOP), y(1)), "guide")
    # Finer where the curves are steep.
    shares = np.linspace(0, 1, 101) ** 1.5
    for curve in reversed(curves):
        revenue = captured(curve.actual, curve.forecast, shares)
        drawing.curve(
            [(x(float(share)), y(float(found))) for share, found in zip(shares, revenue, strict=True)],
            f"curve {curve.style}-line",
        )
    for curve in reversed(curves):
        drawing.dot((x(TOP), y(curve.at(TOP))), f"{curve.style}-dot", 3.5)
    _draw_found(drawing, curves, x(0.47), x.end, y(0.38))
    return drawing.svg(description)


def _draw_found(drawing: Drawing, curves: list[Curve], left: float, right: float, top: float) -> None:
    """The legend, under the diagonal, with what each curve found in the top tenth."""
    drawing.words((left, top), f"found in the top {percent(TOP)}", "quiet")
    for index, curve in enumerate(curves):
        height = top + 18 * (index + 1)
        drawing.line((left, height - 4), (left + 16, height - 4), f"curve {curve.style}-line")
        drawing.words((left + 22, height), shortened(curve.label, 18))
        drawing.words((right, height), percent(curve.at(TOP)), "ink figure", "end")


def decile_figure(evidence: Evidence) -> Figure:
    """Average forecast and average spend of ten groups of equal count, the highest forecasts first."""
    predicted = evidence.champion["predicted_spend"].to_numpy(dtype=np.float64)
    groups = tenths(predicted)
    labels = tenth_labels(len(groups))
    forecast, bought = (
        _means(evidence.champion, "predicted_spend", groups),
        _means(evidence.champion, "actual_spend", groups),
    )
    near = [abs(f - b) <= GROUP_TOLERANCE * b for f, b in zip(forecast, bought, strict=True)]
    finding = (
        f"The {labels[0].lower()} were forecast {evidence.money(forecast[0])} each and spent "
        f"{evidence.money(bought[0])}; {sum(near)} of {len(groups)} groups lie within "
        f"{percent(GROUP_TOLERANCE)} of what they spent."
    )
    return Figure(
        "deciles",
        "Do customers spend what was forecast?",
        finding,
        good="every mark sits at the end of its bar, and the bars shrink from row to row.",
        verdict=Verdict.of(good=sum(near) >= 0.8 * len(near) and near[0], fair=sum(near) >= 0.5 * len(near)),
        svg=draw_bullets(
            [
                (label, f"{evidence.drawn_money(f)} → {evidence.drawn_money(b)}", f, b)
                for label, f, b in zip(labels, forecast, bought, strict=True)
            ],
            finding,
            expected="forecast",
            happened="spent, per customer",
        ),
        numbers=Numbers(
            ["Customers by forecast", "Customers", "Forecast, average", "Spent, average", "Bought"],
            [
                [label, f"{len(group):,}", evidence.money(f), evidence.money(b), percent(share)]
                for label, group, f, b, share in zip(
                    labels, groups, forecast, bought, _means(evidence.champion, "actual_purchase", groups), strict=True
                )
            ],
        ),
    )


def _means(rows: pd.DataFrame, column: str, groups: list[npt.NDArray[np.intp]]) -> list[float]:
    values = rows[column].to_numpy(dtype=np.float64)
    return [float(values[group].mean()) for group in groups]
