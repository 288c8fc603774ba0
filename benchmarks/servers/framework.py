"""FastAPI with pydantic in and out, and a constant answer: what the framework alone costs."""

from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class Request(BaseModel):
    """One customer."""

    customer_id: str
    features: list[float]


class Answer(BaseModel):
    """The six keys of the contract."""

    customer_id: str
    predicted_future_spend_30d: float
    purchase_probability_30d: float
    customer_segment: str
    insight: str
    recommended_action: str


@app.post("/predict_customer_value")
async def predict(customer: Request) -> Answer:
    """Answer every customer alike."""
    return Answer(
        customer_id=customer.customer_id,
        predicted_future_spend_30d=118.15,
        purchase_probability_30d=0.5235,
        customer_segment="Habitual Buyer",
        insight="Has come back: 10 orders worth £1,400.00, the last of them 12 days ago.",
        recommended_action="Suggest a product that goes with the usual ones.",
    )
