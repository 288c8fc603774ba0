"""What the service counts, and how Prometheus reads it; each app in a process counts for itself."""

import os
from collections import Counter as Count
from collections.abc import Iterable

from fastapi.telemetry import TelemetryConfig
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from app.settings import Settings

# Anybody may invent a method, and a label for each would fill the memory.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
BUCKETS_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
FIT_BUCKETS_SECONDS = (0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)


class Metrics:
    """Counters of requests, predictions, fits, insights and calls to Groq."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self.requests = Counter("http_requests", "Requests answered.", ["method", "route", "status"], registry=registry)
        self.request_seconds = Histogram(
            "http_request_seconds",
            "Time from request to answer.",
            ["method", "route"],
            buckets=BUCKETS_SECONDS,
            registry=registry,
        )
        self.in_flight = Gauge("http_requests_in_flight", "Requests not yet answered.", registry=registry)
        self.predictions = Counter(
            "predictions", "Customers who were told a segment, by segment.", ["segment"], registry=registry
        )
        self.fit_seconds = Histogram(
            "shop_fit_seconds",
            "Time to fit a model on the order lines of a shop.",
            buckets=FIT_BUCKETS_SECONDS,
            registry=registry,
        )
        self.insights = Counter("insights", "Insights served, by who worded them.", ["source"], registry=registry)
        self.insight_fallbacks = Counter(
            "insight_fallbacks", "Insights worded by rules though Groq was wanted.", ["reason"], registry=registry
        )
        self.cached_insights = Gauge("insight_cache_entries", "Insights kept in memory.", registry=registry)
        self.groq_calls = Counter("groq_calls", "Calls to Groq.", ["model", "outcome"], registry=registry)
        self.groq_tokens = Counter("groq_tokens", "Tokens used.", ["model", "kind"], registry=registry)

    def request_finished(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer; ``route`` is the path template, never the path."""
        known_method = method if method in METHODS else "other"
        self.requests.labels(known_method, route, status).inc()
        self.request_seconds.labels(known_method, route).observe(seconds)

    def predicted(self, segments: Iterable[str]) -> None:
        """Count customers by the segment that they were told to be in."""
        for segment, count in Count(segments).items():
            self.predictions.labels(segment).inc(count)

    def exposition(self) -> bytes:
        """All counters in the Prometheus text format."""
        return generate_latest(self._registry)


def telemetry(settings: Settings, paths: frozenset[str]) -> TelemetryConfig:
    """FastAPI's own traces and metrics, where a collector is named; ``paths`` are those that it is told of.

    Neither logs, which would hold the message of an exception and so a customer's numbers, nor addresses that are not
    ours, which may hold anything. The exporter reads the environment alone, and ``.env`` names the collector as well.
    """
    is_on = settings.otel_exporter_otlp_endpoint is not None
    if settings.otel_exporter_otlp_endpoint is not None:
        os.environ.setdefault("OTEL_EXPORTER_OTLP_ENDPOINT", settings.otel_exporter_otlp_endpoint)
        os.environ.setdefault("OTEL_SERVICE_NAME", "customer-value")
    return {
        "tracing": is_on,
        "metrics": is_on,
        "logs": False,
        "operation_spans": False,
        "auto_configure": is_on,
        "exclude": lambda scope: scope["path"] not in paths,
    }
