"""Segment, insight and action in words: true for each customer, within a deadline, within a quota.

The way of one request, through these modules:

    service     rules first; then, if wanted, a template from
    cache         memory, Redis, a call under way (single flight), or a new call:
    llm             models in order (model fallback), each after its cool_down, within the quota, told by prompts
    validation        refuses whatever is not plain words and placeholders, by one table of words
    placeholders  fills in the customer's own numbers
"""

from app.insights.rules import Words
from app.insights.schemas import Insight, InsightMode, InsightSource
from app.insights.service import InsightService
from app.insights.usage import UsageReport

__all__ = ["Insight", "InsightMode", "InsightService", "InsightSource", "UsageReport", "Words"]
