"""The errors of the numbers. ``model`` knows nothing of HTTP: ``app.errors`` alone picks a status.

ModelError
├── TransactionsError   an export cannot be read as order lines
│   └── Shortage        memory or disk ran out on the way
├── InvalidFeature      one feature value cannot be true of any customer
├── NoPurchase          a customer has bought nothing yet
├── CampaignError       an option of a campaign breaks its rule (``model.ranking.campaign``)
└── ArtifactError       a saved model cannot be trusted or used
"""

from datetime import datetime


class ModelError(Exception):
    """Anything that is wrong with order lines, features or a saved model."""


class TransactionsError(ModelError):
    """An export cannot be read as order lines; the message says where and what to do."""


class Shortage(TransactionsError):
    """Memory or disk ran out, which is no fault of the export."""


class InvalidFeature(ModelError):
    """One feature value cannot be true of any customer."""

    def __init__(self, *, position: int, name: str, value: float, rule: str) -> None:
        self.position, self.name, self.value, self.rule = position, name, value, rule
        super().__init__(f"features[{position}] ({name}) is {value:g}, but {rule}. Feature order: see GET /model.")


class NoPurchase(ModelError):
    """A customer has bought nothing before the moment that is asked about."""

    def __init__(self, as_of: datetime) -> None:
        self.as_of = as_of
        super().__init__(f"no order line before {as_of.isoformat()} is a purchase: quantity and price above 0")


class ArtifactError(ModelError):
    """A saved model cannot be trusted or used; the message says how to mend it."""
