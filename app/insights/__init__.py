"""Segment, insight and action in words: true for each customer, within a deadline, within a budget.

The way of one request, through these modules:

    writer     rules first; then, if wanted, a draft from
    drafts       the cache (pattern, cache), a call under way (flights), or a new one:
    chain          models in order (groq, prompt), each behind its breaker, within the budget
    guard      looks at every text, filled with the customer's own numbers (facts, numbers)
"""

from app.insights.actions import ActionsError
from app.insights.base import Insight, InsightMode
from app.insights.rules import Words
from app.insights.usage import UsageReport
from app.insights.writer import InsightWriter

__all__ = ["ActionsError", "Insight", "InsightMode", "InsightWriter", "UsageReport", "Words"]
