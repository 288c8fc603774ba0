"""The meaning of the numbers: order lines, features, prediction, artifact.

Neither the future (``training``) nor the network (``app``) is known here.

    transactions -> features -> predictor (spend, probability, segment) <- artifact (pipeline, card)
"""

from model.artifact.card import ModelCard
from model.artifact.store import Artifact, load_artifact, save_artifact
from model.errors import ArtifactError, InvalidFeature, ModelError, TransactionsError
from model.features.definitions import FEATURE_NAMES, FEATURES, Feature
from model.prediction.predictor import Prediction, Predictor
from model.segments import Segment, SegmentThresholds

__all__ = [
    "FEATURES",
    "FEATURE_NAMES",
    "Artifact",
    "ArtifactError",
    "Feature",
    "InvalidFeature",
    "ModelCard",
    "ModelError",
    "Prediction",
    "Predictor",
    "Segment",
    "SegmentThresholds",
    "TransactionsError",
    "load_artifact",
    "save_artifact",
]
