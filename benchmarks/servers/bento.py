"""The same pipeline behind BentoML, arrays in and out."""

import os
from pathlib import Path

import bentoml
import joblib
import numpy as np


@bentoml.service(workers=1)
class Customers:
    """Serves ``model.pkl``."""

    def __init__(self) -> None:
        self.pipeline = joblib.load(Path(os.environ.get("MODEL_DIR", "model")) / "model.pkl")

    @bentoml.api  # type: ignore[untyped-decorator]  # BentoML is installed elsewhere
    def predict(self, features: list[list[float]]) -> list[float]:
        """Predict for rows of six features."""
        return [float(spend) for spend in self.pipeline.predict(np.array(features))]
