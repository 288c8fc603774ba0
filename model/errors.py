"""The errors of the numbers. ``model`` knows nothing of HTTP: ``app.errors`` alone picks a status.

ModelError
├── TransactionsError   an export cannot be read as order lines
├── InvalidFeature      one feature value cannot be true of any customer
└── ArtifactError       a saved model cannot be trusted or used
"""


class ModelError(Exception):
    """Anything that is wrong with order lines, features or a saved model."""


class TransactionsError(ModelError):
    """An export cannot be read as order lines; the message says where and what to do."""


class InvalidFeature(ModelError):
    """One feature value cannot be true of any customer."""

    def __init__(self, *, position: int, name: str, value: float, rule: str) -> None:
        self.position, self.name, self.value, self.rule = position, name, value, rule
        super().__init__(f"features[{position}] ({name}) is {value:g}, but {rule}. Feature order: see GET /model.")


class ArtifactError(ModelError):
    """A saved model cannot be trusted or used; the message says how to mend it."""
