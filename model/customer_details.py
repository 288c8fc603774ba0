"""What an export tells of customers beyond their orders, for a campaign's files: e-mail, name, favourite products.

None of it reaches a model, a log or a language model, and nothing of it is kept.
"""

from datetime import datetime

import duckdb

from model.tables import literal
from model.transactions import MISSING, Transactions

FAVOURITES_TOLD = 3
# Lines of an invoice that nobody would be reminded of.
NO_PRODUCT = r"(?i)^\W*(postage|shipping|delivery|carriage|porto|versand\w*|livraison|frais de port|env[ií]o)\b"


def add_details(transactions: Transactions, as_of: datetime) -> tuple[str, ...]:
    """Fill the table ``details`` from the lines before ``as_of``, one row per customer; gives its columns.

    ``email`` and ``name`` are the newest, ``favourites`` the products bought in most orders, as a list. Of columns
    that the export lacks there are none.
    """
    connection = transactions.connection
    if not transactions.details or not isinstance(connection, duckdb.DuckDBPyConnection):
        return ()
    columns = {
        role: f"max_by({role}, row(ordered_at, {role})) FILTER ({_is_told(role)}) AS {role}"
        for role in transactions.details
        if role != "product_name"
    }
    known = "CAST(customer_id AS VARCHAR) AS customer_id, * EXCLUDE (customer_id) FROM detailed_lines"
    known = f"(SELECT {known} WHERE ordered_at < ?) AS known"
    newest = f"SELECT {', '.join(('customer_id', *columns.values()))} FROM {known} GROUP BY customer_id"
    if "product_name" in transactions.details:
        bought = (
            f"SELECT customer_id, product_name, count(DISTINCT invoice) AS orders FROM {known} "
            f"WHERE quantity > 0 AND unit_price > 0 AND {_is_told('product_name')} "
            f"AND NOT regexp_matches(product_name, {literal(NO_PRODUCT)}) GROUP BY customer_id, product_name"
        )
        favourites = (
            f"SELECT customer_id, list(product_name ORDER BY orders DESC, product_name)[:{FAVOURITES_TOLD}] "
            f"AS favourites FROM ({bought}) AS bought GROUP BY customer_id"
        )
        newest = f"SELECT * FROM ({newest}) AS newest LEFT JOIN ({favourites}) AS favourites USING (customer_id)"
        columns["favourites"] = ""
    parameters = [as_of] * (1 + ("favourites" in columns))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE details AS {newest}", parameters)
    return tuple(columns)


def _is_told(role: str) -> str:
    return f"{role} IS NOT NULL AND NOT regexp_matches({role}, {literal(MISSING)})"
