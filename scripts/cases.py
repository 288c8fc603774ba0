"""The cases: what callers may ask, well and wrongly."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.web.router import ARCHETYPES
from model.segments import Segment

# One customer of every segment.
_ARCHETYPES: list[dict[str, Any]] = json.loads(ARCHETYPES.read_text(encoding="utf-8"))  # Any: JSON
EXAMPLES = {each["name"]: {name: each[name] for name in ("customer_id", "features")} for each in _ARCHETYPES}
EXAMPLE_SEGMENTS = {each["name"]: Segment(each["customer_segment"]) for each in _ARCHETYPES}
# Two customers as a shop would send them: one with a rhythm, and one who bought once, by line totals alone.
ORDERS_EXAMPLES: dict[str, dict[str, Any]] = {  # Any: JSON
    "regular": {
        "customer_id": "13085",
        "order_lines": [
            {
                "invoice": f"5{month:02}001",
                "product": product,
                "quantity": quantity,
                "unit_price": price,
                "ordered_at": f"2011-{month:02}-14T10:{month:02}:00",
            }
            for month in range(4, 12)
            for product, quantity, price in (("22423", 2, 12.75), ("85123A", 6, 2.95))
        ],
        "as_of": "2011-12-10T00:00:00",
    },
    "one_order": {
        "customer_id": "18074",
        "order_lines": [{"line_total": 44.9, "ordered_at": "2011-11-30T16:05:00"}],
    },
}
PADDING = "{{padding}}"  # stands for ``Case.padding`` letters in a text that is too long to be read


@dataclass(frozen=True)
class Case:
    """One request, and the status that it is answered with.

    ``upload`` is a file that is sent as a form, in place of a body; seen from the root of the repository.
    """

    name: str
    path: str
    body: Any = None  # Any: JSON; a text is sent as it stands
    status: int = 200
    method: str = "POST"
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    padding: int = 0
    upload: str | None = None
    title: str = ""

    @property
    def summary(self) -> str:
        """The name as people write it."""
        return self.title or self.name.replace("_", " ").capitalize()

    @property
    def text(self) -> str:
        """The body as it is sent, but for the padding."""
        return self.body if isinstance(self.body, str) else _readable(self.body)

    @property
    def all_headers(self) -> dict[str, str]:
        """The headers, with the type of the body."""
        return {**({} if self.body is None else {"Content-Type": "application/json"}), **self.headers}


def _readable(value: Any, indent: str = "") -> str:  # Any: JSON
    """JSON in which only what is long takes several lines."""
    short = json.dumps(value)
    inner = indent + "  "
    if len(indent) + len(short) <= 110 or not isinstance(value, dict | list):
        return short
    if isinstance(value, dict):
        members = [f"{json.dumps(name)}: {_readable(member, inner)}" for name, member in value.items()]
    else:
        members = [_readable(member, inner) for member in value]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return f"{opening}\n{inner}" + f",\n{inner}".join(members) + f"\n{indent}{closing}"


ONE, MANY, ORDERS = "/predict_customer_value", "/predict_customer_values", "/predict_from_orders"
RANKED = "/rank_customers"
NDJSON, CSV = {"Accept": "application/x-ndjson"}, {"Accept": "text/csv"}
CUSTOMER = EXAMPLES["habitual_buyer"]
FEATURES = {
    "total_spend": 1400.0,
    "avg_spend": 140.0,
    "num_transactions": 10,
    "total_units": 800,
    "unique_products": 60,
    "recency_days": 12,
}
TWO = [EXAMPLES["high_value_active"], EXAMPLES["at_risk"]]
COLUMNS = {
    "customer_id": ["12971", "14646"],
    "total_spend": [8200.0, 2400.0],
    "avg_spend": [410.0, 300.0],
    "num_transactions": [20, 8],
    "total_units": [4600, 1300],
    "unique_products": [180, 90],
    "recency_days": [6, 175],
}
NUMBERS = '{"customer_id": "1", "features": [1, 1, 1, 1, 1, %s]}'
LINE = {
    "invoice": "576394",
    "product": "22423",
    "quantity": 2,
    "unit_price": 12.75,
    "ordered_at": "2011-11-21T09:30:00",
}
RETURNED = {**LINE, "invoice": "C576394", "quantity": -2}
LATER = {**LINE, "invoice": "581587", "ordered_at": "2011-12-24T10:00:00"}


def _orders(*lines: Mapping[str, object], **fields: object) -> dict[str, object]:
    return {"customer_id": "13085", "order_lines": list(lines), **fields}


ONE_CUSTOMER = [
    *(Case(name, ONE, body) for name, body in EXAMPLES.items()),
    Case("features_by_name", ONE, {"customer_id": "13085", "features": FEATURES}),
    Case("without_words", ONE, CUSTOMER, query={"insight": "none"}),
    Case("five_numbers", ONE, {"customer_id": "1", "features": [1, 1, 1, 1, 1]}, 422),
    Case("seven_numbers", ONE, {"customer_id": "1", "features": [1, 1, 1, 1, 1, 1, 1]}, 422),
    Case("a_negative_number", ONE, NUMBERS % "-3", 422),
    Case("nan", ONE, NUMBERS % "NaN", 422, title="NaN"),
    Case("infinity", ONE, NUMBERS % "Infinity", 422),
    Case("beyond_floats", ONE, NUMBERS % "1e999", 422, title="1e999"),
    Case("a_boolean", ONE, NUMBERS % "true", 422),
    Case("a_number_in_a_text", ONE, NUMBERS % '"5"', 422),
    Case("no_feature_at_all", ONE, {"customer_id": "1", "features": {}}, 422),
    Case("an_unknown_feature", ONE, {"customer_id": "1", "features": {**FEATURES, "monetary": 1}}, 422),
    Case("an_unknown_field", ONE, {**CUSTOMER, "segment": "High Value"}, 422),
    Case("an_empty_body", ONE, "", 422),
    Case("broken_json", ONE, '{"customer_id": ', 422, title="Broken JSON"),
    Case("an_empty_id", ONE, {**CUSTOMER, "customer_id": ""}, 422),
    Case("a_number_as_id", ONE, {**CUSTOMER, "customer_id": 13085}, 422),
    Case("a_lone_surrogate_in_the_id", ONE, {**CUSTOMER, "customer_id": "\ud800"}, 422),
    Case("an_id_of_10000_characters", ONE, {**CUSTOMER, "customer_id": PADDING}, 422, padding=10_000),
    Case("an_unknown_mode_of_insight", ONE, CUSTOMER, 422, query={"insight": "poetry"}),
    Case("a_body_beyond_the_limit", ONE, {**CUSTOMER, "customer_id": PADDING}, 413, padding=70_000),
    Case(
        "no_json_by_its_type", ONE, CUSTOMER, 415, headers={"Content-Type": "text/plain"}, title="No JSON, by its type"
    ),
    Case("a_wrong_key", ONE, CUSTOMER, 401, headers={"X-API-Key": "wrong"}),
]
MANY_CUSTOMERS = [
    Case("two_customers", MANY, TWO),
    Case("numbers_alone", MANY, TWO, query={"fields": "customer_id,predicted_future_spend_30d"}),
    Case("one_object_per_line", MANY, TWO, headers=NDJSON),
    Case("a_table_for_a_spreadsheet", MANY, TWO, headers=CSV),
    Case("columns", MANY, COLUMNS),
    Case("columns_of_numbers", MANY, COLUMNS, query={"fields": "customer_id,predicted_future_spend_30d"}),
    Case("one_bad_row_of_columns", MANY, {**COLUMNS, "total_spend": [8200.0, -1]}, 422),
    Case("columns_of_two_lengths", MANY, {**COLUMNS, "total_units": [4600]}, 422),
    Case("one_bad_row", MANY, [TWO[0], {"customer_id": "14646", "features": [-1, 1, 1, 1, 1, 1]}], 422),
    Case("no_customer", MANY, [], 422),
    Case("an_unknown_column", MANY, TWO, 422, query={"fields": "customer_id,colour"}),
    Case("a_model_of_language_for_many", MANY, TWO, 422, query={"insight": "groq"}),
    Case("a_form_that_we_do_not_have", MANY, TWO, 406, headers={"Accept": "application/xml"}),
]
ORDER_LINES = [
    Case("regular", ORDERS, ORDERS_EXAMPLES["regular"], title="A regular customer"),
    Case("one_order", ORDERS, ORDERS_EXAMPLES["one_order"], title="One order, without invoice and product"),
    Case("a_line_of_the_future", ORDERS, _orders(LINE, LATER, as_of="2011-12-10T00:00:00")),
    Case("no_order_lines", ORDERS, _orders(), 422),
    Case("an_unknown_field_in_a_line", ORDERS, _orders({**LINE, "colour": "red"}), 422),
    Case("a_date_that_is_none", ORDERS, _orders({**LINE, "ordered_at": "21/11/2011"}), 422),
    Case("a_date_with_time_zone", ORDERS, _orders({**LINE, "ordered_at": "2011-11-21T09:30:00Z"}), 422),
    Case("returns_alone", ORDERS, _orders(RETURNED), 422),
]
SHOP = {
    "order_lines": [
        {
            "customer_id": customer,
            "invoice": f"{customer}-{month}",
            "line_total": total,
            "ordered_at": f"2011-{month}-14",
        }
        for customer, total, months in (
            ("anna@example.com", 240.0, ("03", "05", "08", "10", "11")),
            ("13085", 61.5, ("06", "10", "11")),
            ("14646", 900.0, ("02", "04", "05")),
            ("18074", 35.9, ("11",)),
        )
        for month in months
    ]
}
BUDGET = {"as_of": "2011-12-10", "budget": "1", "contact_cost": "0.5", "control_share": "0.1"}
SAMPLE, WITHOUT_DATES = "app/web/static/sample_orders.csv", "postman/files/without_dates.csv"
UNUSUAL_NAMES = "postman/files/unusual_names.csv"
WHOLE_SHOP = [
    Case(
        "a_sample_shop", RANKED, query={"budget": "100", "contact_cost": "0.5", "control_share": "0.1"}, upload=SAMPLE
    ),
    Case("order_lines", RANKED, SHOP, query=BUDGET),
    Case("two_segments", RANKED, SHOP, query={**BUDGET, "segments": "High Value,At Risk"}),
    Case("one_customer_per_line", RANKED, SHOP, query=BUDGET, headers=NDJSON),
    Case("progress_then_the_list", RANKED, SHOP, query=BUDGET, headers={"Accept": "text/event-stream"}),
    Case("a_table_of_everybody", RANKED, SHOP, query=BUDGET, headers=CSV),
    Case("an_audience_for_klaviyo", RANKED, SHOP, query={**BUDGET, "preset": "klaviyo"}, headers=CSV),
    Case(
        "a_file_with_unusual_names",
        RANKED,
        upload=UNUSUAL_NAMES,
        query={
            **BUDGET,
            "columns": "customer_id=Person,ordered_at=Day of sale,line_total=Worth",
            "keep_equal_lines": "true",
        },
    ),
    Case("a_file_without_dates", RANKED, status=422, upload=WITHOUT_DATES),
    Case("no_lines", RANKED, {"order_lines": []}, 422),
    Case("a_budget_without_contact_cost", RANKED, SHOP, 422, query={"budget": "500"}),
    Case("a_budget_and_a_limit", RANKED, SHOP, 422, query={**BUDGET, "limit": "200"}),
    Case("nobody_left_to_contact", RANKED, SHOP, 422, query={"control_share": "1"}),
    Case("an_unknown_segment", RANKED, SHOP, 422, query={"segments": "Gold"}),
    Case("an_unknown_option", RANKED, SHOP, 422, query={"bugdet": "500"}),
    Case("a_preset_without_a_table", RANKED, SHOP, 422, query={"preset": "meta"}),
    Case(
        "neither_form_nor_json", RANKED, "a;b", 415, headers={"Content-Type": "text/csv"}, title="Neither form nor JSON"
    ),
    Case("a_picture_of_the_list", RANKED, SHOP, 406, headers={"Accept": "image/png"}),
]
SERVICE = [
    Case("health", "/health", method="GET"),
    Case("ready", "/ready", method="GET"),
    Case("model", "/model", method="GET", title="Model card"),
    Case("usage", "/usage", method="GET", title="Usage of Groq"),
    Case("metrics", "/metrics", method="GET"),
    Case("sample_orders", "/sample_orders.csv", method="GET"),
    Case("reload", "/admin/reload", title="Take the model set that lies there"),
]
ELSEWHERE = [
    Case("an_unknown_address", "/nowhere", method="GET", status=404),
    Case("a_wrong_method", ONE, method="GET", status=405),
    Case("description", "/openapi.json", method="GET", title="This description"),
]
CASES: tuple[Case, ...] = (*ONE_CUSTOMER, *MANY_CUSTOMERS, *ORDER_LINES, *WHOLE_SHOP, *SERVICE, *ELSEWHERE)
