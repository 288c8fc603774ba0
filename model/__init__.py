"""The meaning of the numbers: order lines, features, prediction, artifact.

Neither the future (``training``) nor the network (``app``) is known here.

    order lines -> orders -> features -> predictor (spend, probability, segment) <- artifact (pipeline, card)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from model.artifact.card import ModelCard
from model.artifact.history_artifact import HistoryArtifact, load, save
from model.artifact.store import Artifact, load_artifact, save_artifact
from model.errors import ArtifactError, InvalidFeature, ModelError, TransactionsError
from model.estimators.bg_nbd import BetaGeoModel
from model.estimators.gamma_gamma import GammaGammaModel
from model.estimators.hurdle import HurdleRegressor
from model.estimators.purchase_probability import PurchaseProbability
from model.features.definitions import FEATURE_NAMES, FEATURES, Feature, build_features
from model.orders.options import ReadingOptions
from model.prediction.predictor import Prediction, Predictor
from model.ranking.campaign import Campaign
from model.segments import Segment, SegmentThresholds

if TYPE_CHECKING:
    from model.orders.orders import read_orders
    from model.ranking.rank import rank_customers, score_base

# What brings pandas and DuckDB, which a first answer of the service does without; imported with the first use.
_LATER = {
    "read_orders": "model.orders.orders",
    "rank_customers": "model.ranking.rank",
    "score_base": "model.ranking.rank",
}

__all__ = [
    "FEATURES", "FEATURE_NAMES", "Artifact", "ArtifactError", "BetaGeoModel", "Campaign", "Feature", "GammaGammaModel",
    "HistoryArtifact", "HurdleRegressor", "InvalidFeature", "ModelCard", "ModelError", "Prediction", "Predictor",
    "PurchaseProbability", "ReadingOptions", "Segment", "SegmentThresholds", "TransactionsError", "build_features",
    "load", "load_artifact", "rank_customers", "read_orders", "save", "save_artifact", "score_base",
]  # fmt: skip


def __getattr__(name: str) -> Any:  # Any: classes and functions
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATER[name]), name)


def __dir__() -> list[str]:
    return __all__
