"""How a ranked list is written: as one JSON document, as one customer per line, or as a table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_json

from app.predictions.answers import spend_fields
from app.rankings.schemas import CampaignTerms, RankedCustomer, ShopCleaning
from app.responses import CSV, JSON, Columns, Format, rows
from model.artifact.card import HORIZON_DAYS
from model.csv_injection import csv_lines
from model.estimators.intervals import IF_PURCHASE, SpendIfPurchase
from model.features.definitions import FEATURE_NAMES
from model.prediction.model_choice import ModelSource
from model.ranking.presets import presets, table
from model.ranking.ranked_list import CONTACT, RankedList

ROWS_AT_ONCE = 1000
ROW_FIELDS = tuple(name for name in RankedCustomer.model_fields if name not in CONTACT)


@dataclass(frozen=True)
class Ranking:
    """Everything that is answered about a shop."""

    ranked: RankedList
    cleaning: ShopCleaning
    warnings: Sequence[str]
    fitted: ModelSource

    def pieces(self, answer_format: Format, preset: str) -> Iterator[bytes]:
        """The body, made as it is sent, so that others are answered in between."""
        starts = range(0, len(self.ranked), ROWS_AT_ONCE)
        slices = (self.ranked.columns(start, start + ROWS_AT_ONCE) for start in starts)
        if answer_format is CSV:
            yield csv_lines([[header for header, _ in presets()[preset]]])
            yield from (csv_lines(table(preset, columns, self.fitted.told)) for columns in slices)
        elif answer_format is JSON:
            yield to_json(self.head())[:-1] + b',"customers":'
            yield from answer_format.pieces(map(_rows, slices), ROW_FIELDS)
            yield b"}"
        else:
            yield from answer_format.pieces(map(_rows, slices), ROW_FIELDS)

    def head(self) -> dict[str, Any]:  # Any: JSON
        """The fields of the answer before the customers."""
        base = self.ranked.base
        return {
            "as_of": base.as_of,
            "horizon_days": HORIZON_DAYS,
            "currency": self.ranked.currency,
            "model_version": base.scorer.card.model_version,
            "ranking_model": base.scorer.name,
            "fitted": self.fitted,
            "track_record": base.track_record,
            "segment_thresholds": base.thresholds,
            "totals": self.ranked.totals(),
            "segments": self.ranked.segments(),
            "campaign": CampaignTerms(**vars(self.ranked.campaign), control_group=self.ranked.control_group()),
            "cleaning": self.cleaning,
            "warnings": self.warnings,
        }


def _rows(columns: Columns) -> list[dict[str, Any]]:  # Any: JSON
    """Customers as objects, in the order of the contract."""
    told = zip(*(columns[name] for name in IF_PURCHASE), strict=True)
    spends = [None if each[0] is None else spend_fields(SpendIfPurchase(*each)) for each in told]
    features = rows({name: columns[name] for name in FEATURE_NAMES})
    known = {**columns, "spend_if_purchase": spends, "features": features}
    return rows({name: known[name] for name in (*ROW_FIELDS, *CONTACT) if name in known})
