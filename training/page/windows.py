"""Window by window: whether the total is right, and whether the champion is ahead every time."""

import pandas as pd

from training.page.columns import column_frame
from training.page.drawing import round_step
from training.page.evidence import Evidence, by_window, off_by_pct
from training.page.figure import Figure, Numbers, Verdict
from training.page.words import change, day

GOOD_TOTAL_PCT, FAIR_TOTAL_PCT = 8.0, 15.0
WINDOW_PCT, MOST_WINDOWS = 10.0, 2 / 3
ERROR = "rmse_w99"


def window_labels(cutoffs: list[pd.Timestamp]) -> list[tuple[str, str]]:
    """Day over year; the year where it changes."""
    return [
        (f"{at.day} {at:%b}", f"{at:%Y}" if index == 0 or at.year != cutoffs[index - 1].year else "")
        for index, at in enumerate(cutoffs)
    ]


def bias_figure(evidence: Evidence) -> Figure:
    """How far the sum of the forecasts was off, for each window."""
    name, title = "bias", "Does the total add up?"
    total = off_by_pct(evidence.champion)
    if total is None:
        return Figure(name, title, "Nobody bought in these windows, so there is no total to compare with.")
    champion = _by_window(evidence, evidence.champion)
    rival = _by_window(evidence, evidence.rival)
    known = {at: value for at, value in champion.items() if value is not None}
    within = sum(abs(value) <= WINDOW_PCT for value in known.values())
    worst = max(known, key=lambda at: abs(known[at]))
    finding = f"All forecasts together are {change(total, 1)} off what was spent"
    if len(known) > 1:
        finding += (
            f"; {within} of {len(known)} windows lie within {WINDOW_PCT:.0f} %, the furthest off is "
            f"{day(worst)} with {change(known[worst])}"
        )
    return Figure(
        name,
        title,
        finding + ".",
        good="short bars inside the shaded band, some above the line and some below; one side only is a steady tilt.",
        verdict=Verdict.of(
            good=abs(total) <= GOOD_TOTAL_PCT and within >= MOST_WINDOWS * len(known), fair=abs(total) <= FAIR_TOTAL_PCT
        ),
        svg=_draw_bias(evidence, champion, rival, finding),
        numbers=Numbers(
            ["Window from", "Spent", "Forecast", "Off by", *([evidence.rival_label] if evidence.rival_name else [])],
            [
                [
                    day(at),
                    evidence.money(rows["actual_spend"].sum()),
                    evidence.money(rows["predicted_spend"].sum()),
                    change(champion[at], 1),
                    *([change(rival[at], 1)] if evidence.rival_name else []),
                ]
                for at, rows in by_window(evidence.champion)
            ],
        ),
    )


def _by_window(evidence: Evidence, rows: pd.DataFrame | None) -> dict[pd.Timestamp, float | None]:
    empty: dict[pd.Timestamp, float | None] = dict.fromkeys(evidence.cutoffs)
    return empty if rows is None else empty | {at: off_by_pct(part) for at, part in by_window(rows)}


def _draw_bias(
    evidence: Evidence,
    champion: dict[pd.Timestamp, float | None],
    rival: dict[pd.Timestamp, float | None],
    description: str,
) -> str:
    values = [value for value in (*champion.values(), *rival.values()) if value is not None]
    lowest, highest = min(*values, -WINDOW_PCT), max(*values, WINDOW_PCT)
    step = round_step((highest - lowest) / 4)
    low, high = step * (lowest // step), -step * (-highest // step)
    keys = [("bar champion-fill", evidence.champion_label)]
    if evidence.rival_name:
        keys.append(("ring rival-ring", evidence.rival_label))
    frame = column_frame(
        window_labels(evidence.cutoffs), (low, high), change, keys=keys, band=(-WINDOW_PCT, WINDOW_PCT)
    )
    drawing, value = frame.drawing, frame.value
    half = min(frame.width * 0.3, 16)
    drawing.line((frame.places[0] - frame.width / 2, value(0)), (frame.places[-1] + frame.width / 2, value(0)), "zero")
    for at, place in zip(evidence.cutoffs, frame.places, strict=True):
        off, other = champion[at], rival[at]
        if off is not None:
            drawing.bar((place - half, value(0)), (place + half, value(off)), "champion-fill")
        if other is not None:
            drawing.dot((place, value(other)), "rival-ring")
    frame.write_values([change(champion[at]) for at in evidence.cutoffs])
    return drawing.svg(description)


def error_figure(evidence: Evidence) -> Figure | None:
    """The typical error of champion and rival in each window; None where the leaderboard has no windows."""
    champion, rival = evidence.leaderboard.champion, evidence.rival_name
    errors = {
        pd.Timestamp(at): (models.get(champion, {}).get(ERROR), models.get(rival or "", {}).get(ERROR))
        for at, models in sorted(evidence.leaderboard.windows.items())
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
