"""``history_model.json``: the history model and all that gives its answers their meaning, in plain numbers.

One kind of artifact, two ways to get it: loaded from a folder, or fitted on the orders that are asked about
(``training.fit_shop``).
"""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal, Self

import numpy as np
from pydantic import Field

from model.arrays import FloatArray
from model.artifact.card import ModelCard
from model.artifact.linear import GUARDRAILS
from model.artifact.self_test import SelfTest
from model.artifact.store import HISTORY_FILE, RETRAIN_HINT, load_artifact, read_bytes, read_checked, validated
from model.atomic_write import replaced_when_whole
from model.documents import Document
from model.errors import ArtifactError
from model.estimators.attributions import Reason, Reasons
from model.estimators.estimator import columns
from model.estimators.guardrails import BoundedSpend, Guardrails
from model.estimators.history_inputs import INPUTS, NEEDS, Known
from model.estimators.history_model import HistoryModel, Level
from model.estimators.hyperparameters import DEFAULTS, Hyperparameters
from model.estimators.intervals import IF_PURCHASE, SpendIntervals
from model.estimators.total_interval import TotalErrors
from model.features.definitions import ACTIVE_DAYS, FEATURE_NAMES
from model.orders.cleaning import CleaningReport
from model.segments import SegmentThresholds

if TYPE_CHECKING:
    import pandas as pd


# What forecasts are called in files and answers.
WRITTEN = {"spend": "predicted_future_spend_30d", "probability": "purchase_probability_30d"}
# The newest windows show how good a shop's forecasts are; older ones were made from less.
RECORD_WINDOWS = 6
# Currency: below this a forecast stayed where it was.
LEAST_HELD = 1e-9
HISTORY_MODEL, BGNBD, RANKS = "history_model", "bgnbd_gamma_gamma", "ranks"


class LearnedFrom(Document):
    """What a model has seen."""

    windows: int = Field(description="Complete windows of 30 days (count).", examples=[20])
    customer_windows: int = Field(description="Known customers, counted once per window (count).", examples=[82810])
    drawn: int = Field(examples=[82810])
    """Of these, what was learned from: all, or a draw of customers (count)."""
    past_buyers: int = Field(description="Customer-windows with a purchase (count).", examples=[17800])


class PastTotal(Document):
    """One past window as it would have been forecast, all known customers together, and what it came to."""

    as_of: date = Field(description="Its first day.", examples=["2011-11-10"])
    customers: int = Field(description="Known by then (count).", examples=[5726])
    forecast: float = Field(description="Expected total, with the factor known then (currency).", examples=[812000.0])
    low: float | None = Field(examples=[640000.0])
    """80 % interval; null where fewer than four windows lay before (currency)."""
    high: float | None = Field(description="Its upper end (currency).", examples=[1010000.0])
    realised: float = Field(description="What they spent (currency).", examples=[922076.77])

    @property
    def is_covered(self) -> bool | None:
        """Whether the interval held; None without one."""
        return None if self.low is None or self.high is None else self.low <= self.realised <= self.high


def answer(model: HistoryModel, guardrails: Guardrails, known: Known) -> BoundedSpend:
    """What a model says of customers, within guardrails."""
    forecast = model.predict(known)
    features = np.column_stack([np.asarray(known[name], dtype=np.float64) for name in FEATURE_NAMES])
    seen = guardrails.bound_features(features)
    return guardrails.bound_spend(forecast.spend, forecast.probability, seen)


class HistoryArtifact(Document):
    """Everything that an answer about whole histories needs."""

    # The columns of ``model.features`` that an answer is made of.
    needs: ClassVar[tuple[str, ...]] = tuple(dict.fromkeys((*FEATURE_NAMES, *NEEDS)))

    model_version: str = Field(description="Every answer names it.", examples=["2026-11-29.e36da021"])
    name: Literal["history_model", "bgnbd_gamma_gamma", "ranks"] = Field(
        description="Which model answers: the history model; BG/NBD and Gamma-Gamma alone; or these two for the order "
        "of customers only, where too few purchases are known to believe an amount."
    )
    reason: str = Field(description="The rule by which it does, and how it was met.")
    as_of: datetime = Field(description="The first moment that it knew nothing of.", examples=["2011-12-10T00:00:00"])
    active_days: int = Field(ACTIVE_DAYS, description="Active is who bought within so many days (days).")
    data: CleaningReport | None = Field(None, description="The order lines that it was fitted on.")
    priors: Hyperparameters = Field(DEFAULTS, description="What no shop's data decides.")
    learned_from: LearnedFrom
    model: HistoryModel
    segments: SegmentThresholds = Field(description="Where one segment ends and the next begins.")
    guardrails: Guardrails = Field(description="The bounds that no answer leaves.")
    intervals: SpendIntervals | None = Field(None, description="Spend if buying; null with too few buyers.")
    totals: TotalErrors | None = Field(None, description="How far sums were off; null where no sum is told.")
    track_record: tuple[PastTotal, ...] = Field((), description="The newest past windows, oldest first.")
    self_test: SelfTest | None = None
    """What it answered when it was trained; it is asked again when it is loaded."""

    @property
    def known_until(self) -> date:
        """The first day that it knew nothing of."""
        return self.as_of.date()

    def answer(self, known: Known) -> BoundedSpend:
        """Forecast customers from the columns ``needs``, within the guardrails as every answer is."""
        return answer(self.model, self.guardrails, known)

    def reasons(self, known: Known, spend: float) -> Reasons:
        """What made the first customer's ``spend`` of a typical one's: the largest parts, and the guardrails'."""
        base, reasons = self.model.explain(known)
        told = sorted(reasons, key=lambda reason: -abs(reason.amount))
        held = spend - base - sum(reason.amount for reason in reasons)
        return Reasons(base, (*told, *([Reason(GUARDRAILS, held)] if abs(held) >= LEAST_HELD else [])))

    def predict(self, features: "pd.DataFrame", as_of: datetime | None = None) -> "pd.DataFrame":
        """Forecast customers, as every answer does.

        Parameters
        ----------
        features : DataFrame of shape (n_customers, n_features)
            The columns ``needs`` of ``build_features``.
        as_of : datetime, optional
            The moment that they were built for; the artifact's own where left out. A level is of that window alone,
            see ``at``.

        Returns
        -------
        DataFrame of shape (n_customers, 2 or 6)
            Index of ``features``; ``predicted_future_spend_30d``, ``purchase_probability_30d``, and spend if there is a
            purchase where the artifact has intervals. Nothing is rounded.

        Raises
        ------
        ValueError
            If a column is missing.
        """
        import pandas as pd  # noqa: PLC0415 - answers of the service do without

        answers = self.at(as_of or self.as_of).answer(self._known(features))
        told = () if self.intervals is None else self.intervals.of(answers.spend, answers.probability)
        written = {WRITTEN["spend"]: answers.spend, WRITTEN["probability"]: answers.probability}
        return pd.DataFrame(written | dict(zip(IF_PURCHASE, told, strict=False)), index=features.index)

    def explain(self, features: "pd.DataFrame", as_of: datetime | None = None) -> "pd.DataFrame":
        """What moved each forecast from that of a typical customer, in currency; asked and refused as ``predict``.

        Returns
        -------
        DataFrame of shape (n_customers, n_inputs + 2)
            Index of ``features``; ``base``, the inputs of the model, and ``guardrails``. A row adds up to
            ``predicted_future_spend_30d``.
        """
        import pandas as pd  # noqa: PLC0415 - see ``predict``

        artifact, known = self.at(as_of or self.as_of), self._known(features)
        rows = []
        for place, spend in enumerate(artifact.answer(known).spend.tolist()):
            told = artifact.reasons({name: values[place : place + 1] for name, values in known.items()}, spend)
            rows.append({"base": told.base, **{reason.feature: reason.amount for reason in told.reasons}})
        names = ("base", *(each.name for each in INPUTS), GUARDRAILS)
        return pd.DataFrame(rows, index=features.index, columns=names).fillna(0.0)

    def _known(self, features: "pd.DataFrame") -> dict[str, FloatArray]:
        return dict(zip(self.needs, columns(features, self.needs), strict=True))

    def at(self, as_of: datetime, orders: CleaningReport | None = None) -> Self:
        """The same for the horizon from ``as_of`` on, of the shop with these orders where they are known.

        A level holds for the window right after the one that it was learned from, in its own shop; the track record,
        and what it tells of sums, in its own shop. Elsewhere there is none, see ``model.prediction.warnings``.
        """
        changes: dict[str, object] = {}
        if as_of != self.as_of or not self.is_shop_of(orders):
            changes["model"] = self.model.model_copy(update={"level": Level()})
        if not self.is_shop_of(orders):
            changes |= {"totals": None, "track_record": ()}
        return self.model_copy(update=changes) if changes else self

    def to_json(self) -> bytes:
        """The content of ``history_model.json``."""
        return (self.model_dump_json(indent=2) + "\n").encode()

    def is_shop_of(self, orders: CleaningReport | None) -> bool:
        """A shop's orders begin at one moment, and its customers grow; orders of nobody we know are ours."""
        if orders is None or self.data is None:
            return True
        return orders.first_line_at == self.data.first_line_at and orders.customers >= self.data.customers


def load_history(directory: Path, card: ModelCard) -> HistoryArtifact:
    """Load the artifact that the card describes.

    Raises ArtifactError if the card knows of none, or the file is missing, broken or another one.
    """
    if card.history is None:
        raise ArtifactError(f"the card in {directory} describes no model of whole histories; {RETRAIN_HINT}")
    content = read_checked(directory, HISTORY_FILE, card.history.sha256)
    return validated(HistoryArtifact, content, f"{directory / HISTORY_FILE} is no history model")


def load(path: str | Path) -> HistoryArtifact:
    """The model of whole histories in a folder that ``python -m training`` filled, or in a file of ``save``.

    Raises
    ------
    ArtifactError
        If there is none, or it is broken or another one than its card describes.
    """
    path = Path(path)
    if path.is_dir():
        return load_history(path, load_artifact(path).card)
    return validated(HistoryArtifact, read_bytes(path.parent, path.name, None), f"{path} is no history model")


def save(artifact: HistoryArtifact, path: str | Path) -> None:
    """Write what ``training.fit_shop`` has fitted as one JSON file, which appears when it is whole."""
    with replaced_when_whole(Path(path)) as staged:
        staged.write_bytes(artifact.to_json())
