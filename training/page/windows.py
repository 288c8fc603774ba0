"""Window by window: whether the total is right, and whether the champion is ahead every time."""

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


def total_off_pct(evidence: Evidence) -> float | None:
    """How far the champion's totals of all windows together were above (+) or below (-) what was spent, in per cent."""
    totals = _totals(evidence)
    realised = float(totals["realised"].sum())
    return 100 * (float(totals["expected"].sum()) / realised - 1) if realised > 0 else None


def totals_figure(evidence: Evidence) -> Figure:
    """What all known customers were expected to spend together, with its range, and what they spent."""
    name, title = "totals", "Does the total add up?"
    totals, off = _totals(evidence), total_off_pct(evidence)
    if off is None:
        return Figure(name, title, "Nobody bought in these windows, so there is no total to compare with.")
    told = totals.dropna(subset=["low"])
    inside = int(told["realised"].between(told["low"], told["high"]).sum())
    plain = 100 * (float(totals["forecast"].sum()) / float(totals["realised"].sum()) - 1)
    finding = (
        f"All totals together are {change(off, 1)} off what was spent; {inside} of {len(told)} windows came in inside "
        f"their 80{NARROW}% range. Customers' forecasts alone add up to {change(plain, 1)}: the difference is a factor "
        "learned from the twelve windows before, mostly for rare large orders."
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
                    day(row.cutoff),
                    evidence.money(row.realised),
                    evidence.money(row.expected),
                    NOTHING if pd.isna(row.low) else f"{evidence.money(row.low)} to {evidence.money(row.high)}",
                    number(row.total_factor, 2),
                    evidence.money(row.forecast),
                ]
                for row in totals.itertuples()
            ],
        ),
    )


def _totals(evidence: Evidence) -> pd.DataFrame:
    """The champion's rows of ``totals.parquet``, and the total that was expected: without a factor, the plain sum."""
    totals = evidence.totals[evidence.totals["model"] == evidence.champion_name].sort_values("cutoff")
    return totals.assign(expected=totals["forecast"] * totals["total_factor"].fillna(1.0))


def _draw_totals(evidence: Evidence, totals: pd.DataFrame, description: str) -> str:
    most = float(totals[["realised", "expected", "high"]].max().max())
    step = round_step(most / 4)
    frame = column_frame(
        window_labels(evidence.cutoffs),
        (0, -step * (-most // step)),
        evidence.short_money,
        keys=(("bar actual", "spent"), ("dot champion-dot", "expected, with its 80 % range")),
    )
    drawing, value = frame.drawing, frame.value
    half = min(frame.width * 0.3, 16)
    for place, row in zip(frame.places, totals.itertuples(), strict=True):
        drawing.bar((place - half, value(0)), (place + half, value(row.realised)), "actual")
        if not pd.isna(row.low):
            drawing.line((place, value(row.low)), (place, value(row.high)), "champion-whisker")
        drawing.dot((place, value(row.expected)), "champion-dot")
    frame.write_values(
        [change(100 * (row.expected / row.realised - 1)) if row.realised else NOTHING for row in totals.itertuples()]
    )
    return drawing.svg(description)


def error_figure(evidence: Evidence) -> Figure | None:
    """The typical error of champion and rival in each window; None where the leaderboard has no windows."""
    champion, rival = evidence.champion_name, evidence.rival_name
    errors = {
        pd.Timestamp(at): tuple(groups[ALL_KNOWN].get(name or "", {}).get(ERROR) for name in (champion, rival))
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
