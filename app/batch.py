"""``POST /predict_customer_values``: up to ten thousand customers in, all answers out or none.

Work is done in slices of a few milliseconds, so that other callers are answered in between. Rows are sent slice by
slice; columns, which JSON has one after another, when all are there.
"""

from collections.abc import AsyncIterator, Iterator, Mapping

from app.customer_columns import MOST_CUSTOMERS
from app.customers import insight_mode, require_caller
from app.errors import ContractBroken
from app.exchange import Answer, Exchange
from app.formats import Format, JsonList, accepted_format
from app.insights import InsightMode
from app.many_customers import Customers, read_customers
from app.rows import ANSWER_FIELDS, USUAL_FIELDS, answer_columns, answer_rows
from app.service import Service
from app.violations import Violation

# A slice takes a few milliseconds, with texts or without.
ROWS_WITH_TEXTS, ROWS_OF_NUMBERS = 500, 2500
NUMBERS = frozenset(
    {"customer_id", "predicted_future_spend_30d", "purchase_probability_30d", "customer_segment", "model_version"}
)


async def predict(exchange: Exchange) -> Answer:
    """Numbers and words of many customers, in the order asked."""
    service = exchange.service
    require_caller(exchange)
    answer_format = accepted_format(exchange.header(b"accept"))
    query = exchange.query()
    mode, fields = batch_mode(query), wanted_fields(query)
    body = await exchange.body(service.settings.max_batch_body_bytes)
    customers = await read_customers(body, service.turns)
    if customers.came_as_columns and isinstance(answer_format, JsonList):
        pieces = _columns(service, customers, mode, fields)
    else:
        pieces = _rows(service, customers, mode, fields, answer_format)
    return Answer(pieces, content_type=answer_format.content_type)


def batch_mode(query: Mapping[str, str]) -> InsightMode:
    """Who is to word the insights: rules, or nobody; raises ContractBroken for what is too slow for many."""
    mode = insight_mode(query, InsightMode.RULES)
    if mode is InsightMode.GROQ:
        rule = "a batch is worded by 'rules', or with 'none' not at all"
        raise ContractBroken([Violation.of(("query", "insight"), rule, mode.value)])
    return InsightMode.RULES if mode is InsightMode.AUTO else mode


def wanted_fields(query: Mapping[str, str]) -> tuple[str, ...]:
    """The fields of each answer, in the order of the contract; raises ContractBroken for an unknown one."""
    if "fields" not in query:
        return USUAL_FIELDS
    asked = {name.strip() for name in query["fields"].split(",")}
    if not asked <= set(ANSWER_FIELDS):
        rule = f"only these can be asked for, comma-separated: {', '.join(ANSWER_FIELDS)}"
        raise ContractBroken([Violation.of(("query", "fields"), rule, query["fields"])])
    return tuple(name for name in ANSWER_FIELDS if name in asked)


async def _rows(
    service: Service, customers: Customers, mode: InsightMode, fields: tuple[str, ...], answer_format: Format
) -> AsyncIterator[bytes]:
    yield answer_format.head(fields)
    is_first = True
    for part in _slices(customers, ROWS_WITH_TEXTS if _have_texts(fields) else ROWS_OF_NUMBERS):
        async with service.turns:
            piece = answer_format.rows(answer_rows(service, part, mode, fields), is_first=is_first)
        yield piece
        is_first = False
    yield answer_format.tail


async def _columns(
    service: Service, customers: Customers, mode: InsightMode, fields: tuple[str, ...]
) -> AsyncIterator[bytes]:
    slices: list[list[bytes]] = []
    for part in _slices(customers, ROWS_WITH_TEXTS if _have_texts(fields) else MOST_CUSTOMERS):
        async with service.turns:
            slices.append([column[1:-1] for column in answer_columns(service, part, mode, fields)])
    opening = b"{"
    for field, pieces in zip(fields, zip(*slices, strict=True), strict=True):
        yield b'%b"%b":[%b]' % (opening, field.encode(), b",".join(pieces))
        opening = b","
    yield b"}"


def _have_texts(fields: tuple[str, ...]) -> bool:
    return not NUMBERS.issuperset(fields)


def _slices(customers: Customers, at_once: int) -> Iterator[Customers]:
    for start in range(0, len(customers), at_once):
        yield customers.part(start, start + at_once)
