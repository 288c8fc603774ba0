"""What Prometheus reads."""

from app.metrics import Metrics
from scripts.cases import EXAMPLES

URL = "/predict_customer_value"


def test_requests_are_counted_by_template_never_by_path(client):
    client.post(URL, json=EXAMPLES["at_risk"])
    client.post(URL, json={})
    client.get("/secret/path/13085")
    client.request("BREW", "/health")

    text = client.get("/metrics").text

    assert f'http_requests_total{{method="POST",route="{URL}",status="200"}} 1.0' in text
    assert f'http_requests_total{{method="POST",route="{URL}",status="422"}} 1.0' in text
    assert 'http_requests_total{method="GET",route="other",status="404"} 1.0' in text
    assert 'method="other"' in text
    assert "13085" not in text
    assert "BREW" not in text


def test_two_services_in_one_process_count_apart(start):
    one, other = start(), start()

    one.post(URL, json=EXAMPLES["at_risk"])

    assert URL in one.get("/metrics").text
    assert URL not in other.get("/metrics").text


def test_insights_and_calls_are_counted():
    metrics = Metrics()

    metrics.insight_served("rules")
    metrics.insight_fallback("timeout")
    metrics.groq_call("openai/gpt-oss-20b", "timeout")

    text = metrics.exposition().decode()
    assert 'insights_total{source="rules"} 1.0' in text
    assert 'insight_fallbacks_total{reason="timeout"} 1.0' in text
    assert 'groq_calls_total{model="openai/gpt-oss-20b",outcome="timeout"} 1.0' in text
