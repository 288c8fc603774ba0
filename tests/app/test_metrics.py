"""What Prometheus reads, and what a collector is sent."""

import re
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import httpx

from app.insights.usage import UsageMeter
from app.metrics import Metrics
from app.web.router import STATIC
from scripts.cases import EXAMPLES
from tests.support import running_service

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
    meter = UsageMeter(metrics)

    meter.served("rules")
    meter.fell_back("timeout")
    meter.call_ended("openai/gpt-oss-20b", "timeout")
    meter.tokens_used("openai/gpt-oss-20b", 900, 120)

    text = metrics.exposition().decode()
    assert 'insights_total{source="rules"} 1.0' in text
    assert 'insight_fallbacks_total{reason="timeout"} 1.0' in text
    assert 'groq_calls_total{model="openai/gpt-oss-20b",outcome="timeout"} 1.0' in text
    assert 'groq_tokens_total{kind="prompt",model="openai/gpt-oss-20b"} 900.0' in text
    assert 'groq_tokens_total{kind="completion",model="openai/gpt-oss-20b"} 120.0' in text


def counted(client, name):
    """The value of each label of a counter."""
    found = re.findall(rf'^{name}\{{[^}}]*="([^"]*)"\}} (\S+)$', client.get("/metrics").text, re.MULTILINE)
    return {label: float(value) for label, value in found}


def test_predictions_are_counted_by_segment(client):
    one = client.post(URL, json=EXAMPLES["at_risk"]).json()["customer_segment"]
    many = client.post("/predict_customer_values", json=[EXAMPLES["at_risk"]] * 3).json()

    assert counted(client, "predictions_total") == {one: 4}
    assert {each["customer_segment"] for each in many} == {one}


def test_a_fit_in_place_is_counted_and_timed(client):
    """So are the customers of its list, each once."""
    with (STATIC / "sample_orders.csv").open("rb") as orders:
        ranked = client.post("/rank_customers", files={"file": orders}).json()

    told = client.get("/metrics").text
    assert ranked["fitted"]["how"] == "fit"
    assert "shop_fit_seconds_count 1.0" in told
    assert float(re.search(r"shop_fit_seconds_sum (\S+)", told)[1]) > 0
    customers = {each["customer_segment"]: each["customers"] for each in ranked["segments"] if each["customers"]}
    assert counted(client, "predictions_total") == customers


def test_a_request_is_in_flight_until_it_is_answered(client):
    """The question itself is one."""
    client.post(URL, json=EXAMPLES["at_risk"])
    client.post(URL, content=b"{")

    assert "http_requests_in_flight 1.0" in client.get("/metrics").text


class Collector(BaseHTTPRequestHandler):
    """Takes what an exporter sends."""

    received: dict[str, bytes]

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.received[self.path] = self.received.get(self.path, b"") + body
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        """Quiet."""


def test_a_collector_that_is_named_is_sent_traces_and_metrics():
    """By route; of a customer, and of addresses that are not ours, it learns nothing."""
    received: dict[str, bytes] = {}
    server = HTTPServer(("127.0.0.1", 0), type("OneCollector", (Collector,), {"received": received}))
    Thread(target=server.serve_forever, daemon=True).start()

    endpoint = f"http://127.0.0.1:{server.server_port}"
    with running_service({"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}) as base_url:
        httpx.post(base_url + URL, json={**EXAMPLES["at_risk"], "customer_id": "jane@shop.example"})
        httpx.post(base_url + URL, json={"customer_id": "jane@shop.example"})
        httpx.get(f"{base_url}/customers/jane@shop.example")
    server.shutdown()  # the service has stopped, and sent the rest before that

    assert set(received) == {"/v1/traces", "/v1/metrics"}
    assert URL.encode() in received["/v1/traces"]
    assert b"http.server.request.duration" in received["/v1/metrics"]
    assert all(b"customer-value" in body and b"jane" not in body for body in received.values())
