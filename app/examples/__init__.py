"""Requests and the answers to them, by name: the document, Postman and the tests show the same ones."""

from app.examples.cases import CASES, Case
from app.examples.recorded import Recorded, recorded_answers

__all__ = ["CASES", "Case", "Recorded", "recorded_answers"]
