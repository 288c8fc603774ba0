"""What the service counts: one Prometheus registry per app, so that two apps in one process stay apart."""

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    generate_latest,
)

# Anybody may invent a method, and a label for each would fill the memory.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """Counters of requests, insights and calls to Groq."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._requests = Counter(
            "http_requests", "Requests answered.", ["method", "route", "status"], registry=self.registry
        )
        self._request_seconds = Histogram(
            "http_request_seconds", "Time from request to answer.", ["method", "route"], registry=self.registry
        )
        self._insights = Counter("insights", "Insights served, by who worded them.", ["source"], registry=self.registry)
        self._fallbacks = Counter(
            "insight_fallbacks", "Insights worded by rules though Groq was wanted.", ["reason"], registry=self.registry
        )
        self._groq_calls = Counter("groq_calls", "Calls to Groq.", ["model", "outcome"], registry=self.registry)

    def request_finished(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer; ``route`` is the path template, never the path."""
        known_method = method if method in METHODS else "other"
        self._requests.labels(known_method, route, str(status)).inc()
        self._request_seconds.labels(known_method, route).observe(seconds)

    def insight_served(self, source: str) -> None:
        """Count one insight by its source: groq, cache or rules."""
        self._insights.labels(source).inc()

    def insight_fallback(self, reason: str) -> None:
        """Count one insight that rules worded because Groq could not; ``reason`` is from a closed list."""
        self._fallbacks.labels(reason).inc()

    def groq_call(self, model: str, outcome: str) -> None:
        """Count one call to Groq; ``outcome`` is from a closed list."""
        self._groq_calls.labels(model, outcome).inc()

    def exposition(self) -> bytes:
        """All counters in the Prometheus text format."""
        return generate_latest(self.registry)
