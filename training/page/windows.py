"""Window by window: whether the total is right, and whether the champion is ahead every time."""

from dataclasses import dataclass

import pandas as pd

from training.leaderboard import ALL_KNOWN
from training.page.columns import column_frame
from training.page.drawing import round_step
from training.page.evidence import Evidence
from training.page.figure import Figure, Numbers, Verdict
from training.page.words import NARROW, NOTHING, change, day, number

GOOD_TOTAL_PCT, FAIR_TOTAL_PCT = 8.0, 15.0
MOST_INSIDE = 2 / 3
ERROR = "rmse_w99"


def window_labels(cutoffs: list[pd.Timestamp]) -> list[tuple[str, str]]:
    """Day over year; the year where it changes."""
    return [
        (f"{at.day} {at:%b}", f"{at:%Y}" if index == 0 or at.year != cutoffs[index - 1].year else "")
        for index, at in enumerate(cutoffs)
    ]


@dataclass(frozen=True)
class Total:
    """One window of the champion, all known customers together; ``low`` and ``high`` are None without an interval."""

    at: pd.Timestamp
    forecast: float
    factor: float
    low: float | None
    high: float | None
    realised: float

    @property
    def expected(self) -> float:
        """What was told: the sum of the forecasts, times the factor."""
        return self.forecast * self.factor

    @property
    def off_pct(self) -> float | None:
        """How far that was above (+) or below (-) what came, in per cent."""
        return 100 * (self.expected / self.realised - 1) if self.realised > 0 else None


def champion_totals(evidence: Evidence) -> list[Total]:
    """The champion's rows of ``totals.parquet``, oldest first; without a factor, the plain sum is expected."""
    rows = evidence.totals[evidence.totals["model"] == evidence.champion_name].sort_values("cutoff")
    return [
        Total(
            at=pd.Timestamp(row["cutoff"]),
            forecast=float(row["forecast"]),
            factor=1.0 if pd.isna(row["total_factor"]) else float(row["total_factor"]),
            low=None if pd.isna(row["low"]) else float(row["low"]),
            high=None if pd.isna(row["high"]) else float(row["high"]),
            realised=float(row["realised"]),
        )
        for row in rows.to_dict("records")
    ]


def total_off_pct(totals: list[Total]) -> float | None:
    """How far all windows together were above (+) or below (-) what was spent, in per cent."""
    realised = sum(total.realised for total in totals)
    return 100 * (sum(total.expected for total in totals) / realised - 1) if realised > 0 else None


def totals_figure(evidence: Evidence) -> Figure:
    """What all known customers were expected to spend together, with its range, and what they spent."""
    name, title = "totals", "Does the total add up?"
    totals = champion_totals(evidence)
    off = total_off_pct(totals)
    if off is None:
        return Figure(name, title, "Nobody bought in these windows, so there is no total to compare with.")
    told = [
        (total.low, total.realised, total.high) for total in totals if total.low is not None and total.high is not None
    ]
    inside = sum(low <= realised <= high for low, realised, high in told)
    plain = 100 * (sum(total.forecast for total in totals) / sum(total.realised for total in totals) - 1)
    finding = (
        f"All totals together are {change(off, 1)} off what was spent; {inside} of {len(told)} windows came in inside "
        f"their 80{NARROW}% range. Customers' forecasts alone add up to {change(plain, 1)}; the rest is a factor from "
        "the twelve windows before, mostly for rare large orders."
    )
    return Figure(
        name,
        title,
        finding,
        good="the end of most bars lies inside its upright line, some above the dot and some below.",
        verdict=Verdict.of(
            good=abs(off) <= GOOD_TOTAL_PCT and inside >= MOST_INSIDE * len(told), fair=abs(off) <= FAIR_TOTAL_PCT
        ),
        svg=_draw_totals(evidence, totals, finding),
        numbers=Numbers(
            ["Window from", "Spent", "Expected", "80 % range", "Factor", "Forecasts alone"],
            [
                [
                    day(total.at),
                    evidence.money(total.realised),
                    evidence.money(total.expected),
                    NOTHING
                    if total.low is None or total.high is None
                    else f"{evidence.money(total.low)} to {evidence.money(total.high)}",
                    number(total.factor, 2),
                    evidence.money(total.forecast),
                ]
                for total in totals
            ],
        ),
    )


def _draw_totals(evidence: Evidence, totals: list[Total], description: str) -> str:
    most = max(max(total.realised, total.expected, total.high or 0.0) for total in totals)
    step = round_step(most / 4)
    frame = column_frame(
        window_labels([total.at for total in totals]),
        (0, -step * (-most // step)),
        evidence.short_money,
        keys=(("bar actual", "spent"), ("dot champion-dot", "expected, with its 80 % range")),
    )
    drawing, value = frame.drawing, frame.value
    half = min(frame.width * 0.3, 16)
    for place, total in zip(frame.places, totals, strict=True):
        drawing.bar((place - half, value(0)), (place + half, value(total.realised)), "actual")
        if total.low is not None and total.high is not None:
            drawing.line((place, value(total.low)), (place, value(total.high)), "champion-whisker")
        drawing.dot((place, value(total.expected)), "champion-dot")
    frame.write_values([change(total.off_pct) for total in totals])
    return drawing.svg(description)


def error_figure(evidence: Evidence) -> Figure | None:
    """The typical error of champion and rival in each window; None where the leaderboard has no windows."""
    champion, rival = evidence.champion_name, evidence.rival_name
    errors = {
        pd.Timestamp(at): (
            groups[ALL_KNOWN].get(champion, {}).get(ERROR),
            groups[ALL_KNOWN].get(rival or "", {}).get(ERROR),
        )
        for at, groups in sorted(evidence.leaderboard.windows.items())
    }
    known = {at: (mine, other) for at, (mine, other) in errors.items() if mine is not None and other is not None}
    if not known:
        return None
    ahead = sum(mine < other for mine, other in known.values())
    finding = (
        f"{evidence.champion_label} has a smaller typical error than {evidence.rival_label} in {ahead} of "
        f"{len(known)} windows."
    )
    cutoffs = list(known)
    step = round_step(max(max(pair) for pair in known.values()) / 4)
    high = -step * (-max(max(pair) for pair in known.values()) // step)
    keys = [("bar champion-fill", evidence.champion_label), ("ring rival-ring", evidence.rival_label)]
    frame = column_frame(window_labels(cutoffs), (0, high), evidence.short_money, keys=keys)
    half = min(frame.width * 0.3, 16)
    for place, (mine, other) in zip(frame.places, known.values(), strict=True):
        frame.drawing.bar((place - half, frame.value(0)), (place + half, frame.value(mine)), "champion-fill")
        frame.drawing.dot((place, frame.value(other)), "rival-ring")
    frame.write_values([evidence.money(mine) for mine, _ in known.values()])
    return Figure(
        "errors",
        "Is it ahead in every window?",
        finding,
        good="every bar ends below its ring.",
        verdict=Verdict.of(good=ahead >= 0.8 * len(known), fair=ahead >= 0.5 * len(known)),
        svg=frame.drawing.svg(finding),
        numbers=Numbers(
            ["Window from", evidence.champion_label, evidence.rival_label],
            [[day(at), evidence.money(mine), evidence.money(other)] for at, (mine, other) in known.items()],
        ),
        numbers_open=True,
    )
