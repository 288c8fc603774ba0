"""What the history model has learned: for each input, what it does to the odds of a purchase and to its amount."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.history_inputs import INPUTS, ORDER_VALUE, RHYTHM
from model.hurdle import Curve
from model.special_functions import expit
from training.page.drawing import WIDTH, Drawing, Scale
from training.page.evidence import Evidence
from training.page.figure import Figure, Numbers
from training.page.rows import draw_keys
from training.page.words import number, percent

FloatArray = npt.NDArray[np.float64]

PLOT_HEIGHT, GAP = 84.0, 54.0
# Effects beyond a fifth or five times are drawn at the edge.
FACTORS = (0.2, 1.0, 5.0)


@dataclass(frozen=True)
class Axis:
    """How an input is told: in words, and in the unit that it has before its logarithm was taken."""

    words: str
    written: Callable[[Evidence, float], str]


AXES = {
    RHYTHM: Axis("chance by BG/NBD", lambda _, value: percent(float(expit(value)))),
    ORDER_VALUE: Axis("order value, Gamma-Gamma", lambda evidence, value: evidence.short_money(float(np.exp(value)))),
    "last_age_days": Axis("days since last purchase", lambda _, value: number(float(np.expm1(value)), 0)),
    "orders_halflife_30d": Axis("recent orders", lambda _, value: number(float(np.expm1(value)), 1)),
}
MONEY = {
    "spend_halflife_120d": "recent spend",
    "mean_ln_order_spend_halflife_90d": "recent order value",
    "spend_horizon_last_year": "spend a year ago",
}


def curves_figure(evidence: Evidence) -> Figure:
    """Every input's curve, as factors on odds and on spend if buying, beside the average customer."""
    name, title = "curves", "What has it learned?"
    hurdle = None if evidence.artifact is None else evidence.artifact.model.hurdle
    if hurdle is None:
        return Figure(name, title, "BG/NBD and Gamma-Gamma answer alone: they have parameters, and no curves.")
    reach = {curve.name: _factor(_effects(curve)[1]) for curve in hurdle.curves}
    strongest = max(reach, key=lambda each: float(reach[each].max() / reach[each].min()))
    finding = (
        f"{len(hurdle.curves)} inputs, each a line with four bends, make the forecast: their factors are multiplied. "
        f"What moves the odds most is {_axis(strongest).words}: over the middle nine tenths of customers they go from "
        f"{_times(reach[strongest][0])} to {_times(reach[strongest][-1])}."
    )
    return Figure(
        name,
        title,
        finding,
        good="curves that a shopkeeper can explain; each compares customers who are alike in all other inputs.",
        svg=_draw(evidence, hurdle.curves, finding),
        numbers=Numbers(
            ["Input", "At", "Odds", "Spend if buying"],
            [
                [_axis(curve.name).words, _axis(curve.name).written(evidence, value), _times(odds), _times(spend)]
                for curve in hurdle.curves
                for value, odds, spend in zip(*_at_knots(curve), strict=True)
            ],
        ),
    )


def _axis(name: str) -> Axis:
    if name in AXES:
        return AXES[name]
    meaning = next((each.meaning for each in INPUTS if each.name == name), name)
    return Axis(MONEY.get(name, meaning), lambda evidence, value: evidence.short_money(float(np.expm1(value))))


def _effects(curve: Curve, values: FloatArray | None = None) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Values of an input between its outer bends, and what they add to log odds and to log spend."""
    first, last = (curve.mean + curve.scale * curve.knots[place] for place in (0, -1))
    values = np.linspace(first, last, 40) if values is None else values
    basis = curve.basis(values)
    return values, basis @ np.asarray(curve.odds_slopes), basis @ np.asarray(curve.spend_slopes)


def _at_knots(curve: Curve) -> tuple[FloatArray, FloatArray, FloatArray]:
    values, odds, spend = _effects(curve, curve.mean + curve.scale * np.asarray(curve.knots))
    return values, _factor(odds), _factor(spend)


def _factor(effect: FloatArray) -> FloatArray:
    return np.asarray(np.exp(effect))


def _times(factor: float) -> str:
    return f"× {number(float(factor), 2)}"


def _draw(evidence: Evidence, curves: tuple[Curve, ...], description: str) -> str:
    rows = -(-len(curves) // 2)
    drawing = Drawing(30 + rows * (PLOT_HEIGHT + GAP))
    draw_keys(drawing, (("dot champion-dot", "odds of a purchase"), ("dot rival-dot", "spend if buying")))
    for place, curve in enumerate(curves):
        left = 32.0 if place % 2 == 0 else WIDTH / 2 + 32
        _draw_plot(evidence, drawing, curve, left=left, top=46 + (place // 2) * (PLOT_HEIGHT + GAP))
    return drawing.svg(description)


def _draw_plot(evidence: Evidence, drawing: Drawing, curve: Curve, *, left: float, top: float) -> None:
    values, odds, spend = _effects(curve)
    x = Scale(float(values[0]), float(values[-1]), left, left + WIDTH / 2 - 44)
    y = Scale(np.log(FACTORS[0]), np.log(FACTORS[-1]), top + PLOT_HEIGHT - 8, top)
    axis = _axis(curve.name)
    drawing.words((left - 30, top - 12), axis.words, "quiet")
    for factor in FACTORS:
        height = y(float(np.log(factor)))
        drawing.line((x.start, height), (x.end, height), "zero" if factor == 1 else "grid")
        drawing.words((x.start - 4, height + 4), f"×{factor:g}", "quiet figure", "end")
    for effect, style in ((spend, "rival"), (odds, "champion")):
        held = np.clip(effect, y.low, y.high)
        points = [(x(float(value)), y(float(each))) for value, each in zip(values, held, strict=True)]
        drawing.curve(points, f"curve {style}-line")
    for value, anchor in ((values[0], "start"), (values[-1], "end")):
        drawing.words((x(float(value)), top + PLOT_HEIGHT + 8), axis.written(evidence, float(value)), "quiet", anchor)
