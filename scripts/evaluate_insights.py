"""``python -m app.insights.evaluate [--provider rules|groq]``: how good are the words, measured on trial customers.

With ``--provider rules`` nothing leaves the machine. With ``groq`` (the default
where GROQ_API_KEY is set) every trial customer costs a call, at the pace given.
"""

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from app.insights.base import Draft, Insight, InsightMode
from app.insights.facts import Facts
from app.insights.guard import Guard
from app.insights.situations import TrialCustomer, trial_customers
from app.insights.usage import UsageReport
from app.insights.writer import InsightWriter
from app.metrics import Metrics
from app.settings import Settings, SettingsError, read_settings
from model import ModelError, Predictor, load_artifact
from model.predictor import Prediction
from model.segments import permitted_segments

CALLS_PER_MINUTE = 10


@dataclass(frozen=True)
class Trial:
    """One customer, the words that were written, and how they did."""

    customer: TrialCustomer
    prediction: Prediction
    insight: Insight
    seconds: float
    refusal: str | None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the catalogue of trial customers and print the figures; 1 if any served text is unfaithful."""
    parser = argparse.ArgumentParser(prog="python -m app.insights.evaluate", description=__doc__)
    parser.add_argument("--provider", choices=["rules", "groq"], help="who writes; groq where GROQ_API_KEY is set")
    parser.add_argument("--calls-per-minute", type=float, default=CALLS_PER_MINUTE, help="pace of the calls to Groq")
    parser.add_argument("--texts", action="store_true", help="print every text as well")
    options = parser.parse_args(arguments)
    try:
        settings = read_settings()
        predictor = Predictor(load_artifact(settings.model_dir, allow_unverified=settings.allow_unverified_model))
        provider = options.provider or ("rules" if settings.groq_api_key is None else "groq")
        if provider == "groq" and settings.groq_api_key is None:
            raise SettingsError("GROQ_API_KEY is not set; set it, or use --provider rules")
        trials, reports = asyncio.run(_run(settings, predictor, InsightMode(provider), options.calls_per_minute))
    except (SettingsError, ModelError) as error:
        print(error, file=sys.stderr)
        return 2
    if options.texts:
        _print_texts(trials)
    return _print_figures(provider, trials, reports)


async def _run(
    settings: Settings, predictor: Predictor, mode: InsightMode, calls_per_minute: float
) -> tuple[list[Trial], list[UsageReport]]:
    """All trials, one after the other; nothing is cached, so every customer is written for."""
    # one currency is one service, so there is a writer for each
    writers: dict[str, InsightWriter] = {}
    trials = []
    for customer in trial_customers(predictor.card.segments):
        if customer.currency not in writers:
            own = settings.model_copy(
                update={"currency": customer.currency, "insight_cache_size": 0, "redis_url": None}
            )
            writers[customer.currency] = InsightWriter(own, predictor.card, Metrics())
        writer = writers[customer.currency]
        started = time.perf_counter()
        prediction = predictor.predict(customer.features)
        insight = await writer.write(prediction, mode=mode)
        seconds = time.perf_counter() - started
        trials.append(
            Trial(
                customer, prediction, insight, seconds, _refusal(writer.guard, insight, prediction, customer, predictor)
            )
        )
        if mode is InsightMode.GROQ:
            await asyncio.sleep(max(60 / calls_per_minute - seconds, 0))
    reports = [writer.usage() for writer in writers.values()]
    for writer in writers.values():
        await writer.aclose()
    return trials, reports


def _refusal(
    guard: Guard, insight: Insight, prediction: Prediction, customer: TrialCustomer, predictor: Predictor
) -> str | None:
    """What the guard says about the text as served; it has nothing to say about a faithful one."""
    served = Draft(insight.segment, insight.action_id, insight.insight, insight.recommended_action)
    permitted = permitted_segments(prediction.features, predictor.card.segments)
    _, rejection = guard.review(served, Facts.of(prediction, customer.currency), permitted)
    return rejection


def _print_figures(provider: str, trials: list[Trial], reports: list[UsageReport]) -> int:
    served = [trial for trial in trials if trial.insight.source == provider]
    faithful = [trial for trial in trials if trial.refusal is None]
    agreeing = [trial for trial in served if trial.insight.segment is trial.prediction.segment]
    milliseconds = sorted(trial.seconds * 1000 for trial in trials)
    refusals = [
        f"{count} {name}"
        for report in reports
        for name, count in {**report.calls_by_outcome, **report.fallbacks_by_reason}.items()
        if name != "answered"
    ]
    print(f"provider                  {provider}")
    print(f"trial customers           {len(trials)}")
    print(f"accepted                  {len(served) / len(trials):.1%}")
    print(f"refused or failed         {', '.join(refusals) or 'none'}")
    print(f"faithful as served        {len(faithful) / len(trials):.1%}")
    print(f"segment as the rules say  {len(agreeing) / max(len(served), 1):.1%}")
    print(f"latency p50 / p95         {statistics.median(milliseconds):.1f} / {_p95(milliseconds):.1f} ms")
    print(f"tokens in / out           {_total(reports, 'prompt_tokens')} / {_total(reports, 'completion_tokens')}")
    print(f"list price                ${sum(report.estimated_cost_usd for report in reports):.4f}")
    for trial in trials:
        if trial.refusal is not None:
            print(f"unfaithful: {trial.customer.name}: {trial.refusal}", file=sys.stderr)
    return 0 if len(faithful) == len(trials) else 1


def _print_texts(trials: list[Trial]) -> None:
    for trial in trials:
        print(f"{trial.customer.name} [{trial.insight.segment}, {trial.insight.source}]")
        print(f"  {trial.insight.insight}\n  {trial.insight.recommended_action}\n")


def _p95(values: list[float]) -> float:
    return values[min(int(0.95 * len(values)), len(values) - 1)]


def _total(reports: list[UsageReport], name: str) -> int:
    return sum(getattr(report, name) for report in reports)


if __name__ == "__main__":
    sys.exit(main())
