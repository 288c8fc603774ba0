"""What an export tells of customers beyond their orders, for a campaign's files: e-mail, name, favourite products.

None of it reaches a model, a log or a language model, and nothing of it is kept.
"""

from datetime import datetime

import duckdb

from model.engines.connection import literal
from model.orders.blanks import MISSING
from model.orders.orders import Transactions

FAVOURITES_TOLD = 3
# Lines of an invoice that nobody would be reminded of.
NO_PRODUCT = r"(?i)^\W*(postage|shipping|delivery|carriage|porto|versand\w*|livraison|frais de port|env[ií]o)\b"
LINES = "(SELECT * REPLACE (CAST(customer_id AS VARCHAR) AS customer_id) FROM detailed_lines WHERE ordered_at < $as_of)"
NAMED_PRODUCTS = f"""
CREATE OR REPLACE TEMP TABLE named_products AS
SELECT product_name FROM (SELECT DISTINCT product_name FROM detailed_lines) AS names
WHERE NOT regexp_matches(product_name, {literal(MISSING)}) AND NOT regexp_matches(product_name, {literal(NO_PRODUCT)})
"""
FAVOURITES = f"""
SELECT customer_id, list(product_name ORDER BY lines DESC, product_name)[:{FAVOURITES_TOLD}] AS favourites FROM (
    SELECT customer_id, product_name, count(*) AS lines
    FROM {LINES} AS known SEMI JOIN named_products USING (product_name)
    WHERE quantity > 0 AND unit_price > 0 GROUP BY customer_id, product_name
) AS bought GROUP BY customer_id
"""


def add_details(transactions: Transactions, as_of: datetime) -> tuple[str, ...]:
    """Fill the table ``details`` from the lines before ``as_of``, one row per customer; gives its columns.

    ``email`` and ``name`` are the newest, ``favourites`` the products on most of the customer's lines, as a list. Of
    columns that the export lacks there are none.
    """
    connection, contacts = transactions.connection, [role for role in transactions.details if role != "product_name"]
    if not transactions.details or not isinstance(connection, duckdb.DuckDBPyConnection):
        return ()
    parts = [f"SELECT customer_id, {', '.join(map(_newest, contacts))} FROM {LINES} AS known GROUP BY customer_id"]
    if not contacts:
        parts.clear()
    if "product_name" in transactions.details:
        connection.execute(NAMED_PRODUCTS)
        parts.append(FAVOURITES)
    joined = " FULL JOIN ".join(f"({part}) AS part_{place}" for place, part in enumerate(parts))
    using = " USING (customer_id)" * (len(parts) - 1)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE details AS SELECT * FROM {joined}{using}", {"as_of": as_of})
    return (*contacts, *(["favourites"] if "product_name" in transactions.details else []))


def _newest(role: str) -> str:
    is_told = f"NOT regexp_matches({role}, {literal(MISSING)})"
    return f"max_by({role}, row(ordered_at, {role})) FILTER ({is_told}) AS {role}"
