"""The way it is often published: a data frame per request, ``pipeline.predict``, in FastAPI's threads."""

import os
from pathlib import Path

import joblib
import pandas as pd
from fastapi import FastAPI
from pydantic import BaseModel

from model.features.definitions import FEATURE_NAMES

app = FastAPI()
pipeline = joblib.load(Path(os.environ.get("MODEL_DIR", "model")) / "model.pkl")


class Request(BaseModel):
    """One customer."""

    customer_id: str
    features: list[float]


class Answer(BaseModel):
    """One number."""

    customer_id: str
    predicted_future_spend_30d: float


@app.post("/predict_customer_value")
def predict(customer: Request) -> Answer:
    """Predict from a data frame of one row."""
    frame = pd.DataFrame([customer.features], columns=list(FEATURE_NAMES))
    return Answer(customer_id=customer.customer_id, predicted_future_spend_30d=float(pipeline.predict(frame)[0]))
