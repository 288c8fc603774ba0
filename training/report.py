"""What a person reads: the comparison as a table, the card as Markdown."""

from collections.abc import Iterable, Sequence

from model.card import Evaluation, ModelCard
from training.evaluate import SPEND_METRICS

DECIMALS = {"r2": 3, "spearman": 3, "gini": 3, "top_decile_revenue": 3}


def metrics_table(evaluation: Evaluation) -> str:
    """The candidates and their measures as aligned text, the lowest ``rmse_w99`` first."""
    window = evaluation.held_out
    rows = [[name, *_formatted(metrics)] for name, metrics in _ranked(evaluation)]
    return "\n".join(
        [
            f"held out {window.as_of} to {window.ends_at}: {window.active_customers:,} active customers, "
            f"{window.buyers:,} bought for {window.spend:,.2f}; fitted on {len(evaluation.fitted_on)} windows before",
            *_aligned([["candidate", *SPEND_METRICS], *rows]),
            *evaluation.notes,
        ]
    )


def card_markdown(card: ModelCard) -> str:
    """The whole card, readable."""
    parts = [
        f"# Model card {card.model_version}",
        f"{card.estimator}; forecasts the spend of the next {card.horizon_days} days of customers with a purchase in "
        f"the last {card.active_days}. Trained {card.trained_at:%Y-%m-%d %H:%M} UTC, seed {card.seed}.\n\n"
        f"SHA-256 of model.pkl: `{card.model_sha256}`",
        "## Features\n\n"
        + _markdown(
            ["", "name", "unit", "meaning"], [[f.position + 1, f.name, f.unit, f.meaning] for f in card.features]
        ),
    ]
    if card.data is not None:
        parts.append(f"## Data\n\n```text\n{card.data.table()}\n```")
    if card.evaluation is not None:
        parts.append(f"## Held-out window\n\n```text\n{metrics_table(card.evaluation)}\n```")
    if card.refitted_on:
        rows = [[w.as_of, w.ends_at, w.active_customers, w.buyers, f"{w.spend:,.2f}"] for w in card.refitted_on]
        parts.append(
            "## Refitted on all complete windows\n\n"
            + _markdown(["as of", "ends", "active customers", "buyers", "spend"], rows)
        )
    for title, section in (
        ("Segment thresholds", card.segments.model_dump()),
        ("Guardrails", card.guardrails.model_dump()),
        ("Purchase probability", card.probability.model_dump()),
        ("Libraries", card.libraries),
    ):
        parts.append(f"## {title}\n\n" + _markdown(["name", "value"], list(section.items())))
    return "\n\n".join(parts)


def _ranked(evaluation: Evaluation) -> list[tuple[str, dict[str, float | None]]]:
    return sorted(evaluation.metrics.items(), key=lambda item: item[1]["rmse_w99"] or 0.0)


def _formatted(metrics: dict[str, float | None]) -> list[str]:
    values = ((name, metrics[name]) for name in SPEND_METRICS)
    return ["-" if value is None else f"{value:,.{DECIMALS.get(name, 1)}f}" for name, value in values]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in rows
    ]


def _markdown(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)
