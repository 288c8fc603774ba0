"""The four numbers at the top of the page."""

from html import escape

from training.page.evidence import Evidence
from training.page.windows import champion_totals, total_off_pct
from training.page.words import NOTHING, change, percent


def tiles_html(evidence: Evidence) -> str:
    """What the list finds, how far the total is off, how honest the chances and the ranges are."""
    measures = evidence.leaderboard.models.get(evidence.champion_name, {})
    gap = measures.get("ece")
    tiles = (
        (percent(measures.get("top_decile_revenue")), "of the revenue comes from the tenth of customers put on top"),
        (change(total_off_pct(champion_totals(evidence)), 1), "is how far all totals together are off what was spent"),
        (
            NOTHING if gap is None else f"{100 * gap:.1f}\N{NO-BREAK SPACE}points",
            "is how far the chance of a purchase is off on average",
        ),
        (percent(measures.get("buyers_covered"), 1), "of buyers spend within the range meant for 80 %"),
    )
    return "".join(
        f'<div class="tile"><b>{escape(value)}</b><span>{escape(words)}</span></div>' for value, words in tiles
    )
