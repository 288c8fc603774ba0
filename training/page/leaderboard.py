"""The models side by side: what each measure means, who is best, and whether the lead could be luck."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

from model.intervals import COVERAGE
from training.leaderboard import ACTIVE, ALL_KNOWN, Metrics
from training.page.drawing import Drawing, Scale, round_step
from training.page.evidence import Evidence
from training.page.figure import Figure, Numbers, Verdict
from training.page.rows import Row, Track, draw_rows, track_scale
from training.page.words import GROUPS, NARROW, NOTHING, change, model_label, number, percent

TABLE = Path(__file__).parent / "measures.toml"
RANKED_BY = "rmse_w99"
FEW = 4


@dataclass(frozen=True)
class Measure:
    """A column: its name in the leaderboard, its plain title and meaning, its unit, and what is good."""

    name: str
    title: str
    meaning: str
    unit: str
    aim: str

    def written(self, evidence: Evidence, value: float) -> str:
        """A value in words."""
        match self.unit:
            case "money":
                return evidence.money(value)
            case "share":
                return percent(value, 1)
            case "per cent":
                return change(value, 1)
            case _:
                return number(value)

    def distance(self, value: float) -> float:
        """How far a value is from the best there could be."""
        match self.aim:
            case "lower":
                return value
            case "higher":
                return -value
            case _:
                return abs(value - (COVERAGE if self.unit == "share" else 0.0))


@cache
def measures() -> tuple[Measure, ...]:
    """The columns, in their order."""
    return tuple(Measure(**each) for each in tomllib.loads(TABLE.read_text(encoding="utf-8"))["measure"])


def ranked_models(evidence: Evidence, group: str = ALL_KNOWN) -> list[str]:
    """The models by typical error, the smallest first."""
    models = evidence.leaderboard.groups[group]
    return sorted(models, key=lambda name: _value(models, name, RANKED_BY, missing=float("inf")))


def leaderboard_html(evidence: Evidence) -> str:
    """The card with the tables, all known customers first, and the explanation of their columns."""
    others = "".join(
        f"<details><summary>{escape(GROUPS[group])}</summary>{_table(evidence, group)}</details>"
        for group in evidence.leaderboard.groups
        if group != ALL_KNOWN
    )
    meanings = "".join(
        f"<div><dt>{escape(measure.title)} <code>{measure.name}</code></dt><dd>{escape(measure.meaning)}</dd></div>"
        for measure in measures()
    )
    finding, verdict = _finding(evidence)
    return (
        '<section class="card wide" id="leaderboard"><header><h2>Which model forecasts best?</h2>'
        f"{verdict.html}</header>"
        f'<p class="finding">{escape(finding)}</p>{_table(evidence, ALL_KNOWN)}'
        '<p class="swipe">Swipe the table for more columns.</p>'
        '<p class="aim"><b>Good looks like:</b> the champion first, with the best values (underlined) or close to '
        "them in every column, not in one alone.</p>"
        f'{others}<dl class="meanings">{meanings}</dl>{_reason(evidence)}</section>'
    )


def _table(evidence: Evidence, group: str) -> str:
    models = evidence.leaderboard.groups[group]
    best = {measure.name: _best(models, measure) for measure in measures()}
    head = "".join(
        f'<th scope="col">{escape(measure.title)}<small>{escape(measure.aim)}</small></th>' for measure in measures()
    )
    worst = max((_value(models, name, RANKED_BY) for name in models), default=0.0)
    body = "".join(_row(evidence, group, name, best, worst) for name in ranked_models(evidence, group))
    return (
        f'<div class="scroll board" tabindex="0" role="region" aria-label="{escape(GROUPS[group])}"><table>'
        f'<thead><tr><th scope="col">Model</th>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def difference_figure(evidence: Evidence) -> Figure | None:
    """Typical error of each model less the baseline's, with its 95 % interval; None where nothing was compared."""
    baseline, models = evidence.leaderboard.baseline, evidence.leaderboard.models
    differences = evidence.leaderboard.differences.get(ALL_KNOWN, {})
    entries = []
    for name in ranked_models(evidence):
        interval = differences.get(name, {}).get(RANKED_BY)
        mine, other = _value(models, name, RANKED_BY), _value(models, baseline, RANKED_BY)
        if interval is not None and name != baseline:
            entries.append((name, mine - other, interval[0], interval[1]))
    if not entries:
        return None
    surer = [name for name, _, _, high in entries if high < 0]
    champion = evidence.champion_name
    finding = (
        f"{len(surer)} of {len(entries)} models have a smaller typical error than {model_label(baseline)} with 95 % "
        f"certainty; {evidence.champion_label} is {'' if champion in surer else 'not '}among them."
    )
    if champion == baseline:
        finding = f"{evidence.champion_label} is the champion, and {len(surer)} other models are surely better than it."
    low, high = min(min(entry[1:]) for entry in entries), max(max(entry[1:]) for entry in entries)
    # A naive model far behind would press all others into a corner.
    far = round_step(4 * max(-low, 1e-9)) if low < 0 else high
    scale = track_scale(min(low, 0), max(min(high, far), 0), margin=6)
    rows = [
        Row(
            model_label(name),
            f"{_plus(evidence, middle)} [{_plus(evidence, least)}, {_plus(evidence, most)}]",
            _whisker(scale, middle, least, most, "champion" if name == champion else "other"),
            "bold" if name == champion else "ink",
        )
        for name, middle, least, most in entries
    ]
    return Figure(
        "differences",
        "Is the lead more than luck?",
        finding,
        good="the champion's whole line lies left of zero: smaller errors whichever customers and months one "
        "happens to have.",
        verdict=Verdict.of(
            good=champion in surer or (champion == baseline and not surer),
            fair=any(name == champion and middle <= 0 for name, middle, *_ in entries),
        ),
        svg=draw_rows(rows, finding, keys=((("mark zero", f"zero: as {model_label(baseline)}"),))),
        numbers=_intervals(evidence, [name for name, *_ in entries]),
        numbers_open=len(entries) <= FEW,
    )


def _reason(evidence: Evidence) -> str:
    notes = [f"Why this champion: {evidence.leaderboard.champion_reason}", *evidence.leaderboard.notes]
    return "".join(f'<p class="aim">{escape(note)}.</p>' for note in notes)


def _row(evidence: Evidence, group: str, name: str, best: dict[str, float | None], worst: float) -> str:
    is_champion = name == evidence.champion_name
    badge = ' <span class="badge">champion</span>' if is_champion else ""
    cells = []
    for measure in measures():
        value = evidence.leaderboard.groups[group][name].get(measure.name)
        written = NOTHING if value is None else measure.written(evidence, value)
        is_best = value is not None and best[measure.name] == measure.distance(value)
        mark = ' class="best"' if is_best else ""
        bar = ""
        if measure.name == RANKED_BY and value is not None and worst > 0:
            bar = f'<i class="meter" style="width:{100 * value / worst:.1f}%"></i>'
        cells.append(f"<td{mark}><span>{escape(written)}</span>{bar}</td>")
    row_class = ' class="champion"' if is_champion else ""
    return (
        f'<tr{row_class}><th scope="row"><span>{escape(model_label(name))}</span>{badge}<code>{escape(name)}</code>'
        f"</th>{''.join(cells)}</tr>"
    )


def _finding(evidence: Evidence) -> tuple[str, Verdict]:
    champion, baseline, models = evidence.champion_name, evidence.leaderboard.baseline, evidence.leaderboard.models
    error = _value(models, champion, RANKED_BY)
    leads = sum(
        _best(models, measure) == measure.distance(value)
        for measure in measures()
        if (value := models[champion].get(measure.name)) is not None
    )
    first = ranked_models(evidence)[0]
    finding = f"{evidence.champion_label} has a typical error of {evidence.money(error)} per customer"
    is_ahead = first == champion
    if baseline != champion and baseline in models:
        other = _value(models, baseline, RANKED_BY)
        less = 100 * (1 - error / other) if other > 0 else 0.0
        finding += f", {abs(less):.1f}{NARROW}% {'less' if less >= 0 else 'more'} than {model_label(baseline)}"
        is_ahead = is_ahead or less > 0
    finding += f", and best of {len(models)} models in {leads} of {len(measures())} measures"
    if first != champion:
        finding += f"; {model_label(first)} has the smallest typical error"
    return finding + ".", Verdict.of(good=is_ahead and leads > 0, fair=is_ahead)


def _best(models: Mapping[str, Metrics], measure: Measure) -> float | None:
    values = (model.get(measure.name) for model in models.values())
    return min((measure.distance(value) for value in values if value is not None), default=None)


def _value(models: Mapping[str, Metrics], name: str, measure: str, *, missing: float = 0.0) -> float:
    value = models.get(name, {}).get(measure)
    return missing if value is None else value


def _plus(evidence: Evidence, value: float) -> str:
    return ("+" if value > 0 else "") + evidence.drawn_money(value)


def _intervals(evidence: Evidence, names: list[str]) -> Numbers:
    """The 95 % intervals of every measure that was compared, of all known and of active customers."""
    spans = {
        (name, group): [_span(evidence, group, name, measure) for measure in measures()]
        for name in names
        for group in (ALL_KNOWN, ACTIVE)
        if name in evidence.leaderboard.differences.get(group, {})
    }
    shown = [place for place in range(len(measures())) if any(row[place] for row in spans.values())]
    return Numbers(
        ["95 % interval", "Customers", *(measures()[place].title for place in shown)],
        [
            [model_label(name), "all" if group == ALL_KNOWN else group, *(row[place] for place in shown)]
            for (name, group), row in spans.items()
        ],
    )


def _span(evidence: Evidence, group: str, name: str, measure: Measure) -> str:
    interval = evidence.leaderboard.differences[group][name].get(measure.name)
    if interval is None:
        return ""
    return " to ".join(measure.written(evidence, end) for end in interval)


def _whisker(scale: Scale, middle: float, least: float, most: float, style: str) -> Track:
    def inside(value: float) -> float:
        return min(max(scale(value), scale.start), scale.end)

    def draw(drawing: Drawing, height: float) -> None:
        drawing.line((scale.start, height), (scale.end, height), "grid")
        drawing.line((scale(0), height - 6), (scale(0), height + 6), "zero")
        drawing.line((inside(least), height), (inside(most), height), f"{style}-whisker")
        if scale(middle) <= scale.end:
            drawing.dot((scale(middle), height), f"{style}-dot")
        else:
            drawing.words((scale.end + 4, height + 4), "→", "ink", "end")

    return draw
