"""A table of a real PostgreSQL server as order lines."""

import getpass
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from model.errors import TransactionsError
from model.orders.options import ReadingOptions
from model.orders.orders import read_orders
from tests.support import free_port, skip_or_fail


def program(name: str) -> str:
    """Debian keeps the server's programs off the PATH."""
    found = shutil.which(name) or next(
        (str(path) for path in sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))), None
    )
    if found is None:
        skip_or_fail(f"needs {name}: apt-get install postgresql")
    return str(found)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Gives the base URL of a server with a database ``shop``; PostgreSQL refuses to run as root."""
    initdb, pg_ctl = program("initdb"), program("pg_ctl")
    user = "postgres" if os.geteuid() == 0 else getpass.getuser()
    as_user = {"user": user} if os.geteuid() == 0 else {}
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        if as_user:
            shutil.chown(folder, user)
        data, quiet = f"{folder}/data", {"capture_output": True, "cwd": folder, **as_user}
        subprocess.run([initdb, "-D", data, "-U", "shop", "--auth=trust", "-N"], check=True, **quiet)
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        subprocess.run([pg_ctl, "-D", data, "-w", "-l", f"{folder}/log", "-o", options, "start"], check=True, **quiet)
        try:
            yield f"postgresql://shop:secret@127.0.0.1:{port}/postgres"
        finally:
            subprocess.run([pg_ctl, "-D", data, "-m", "immediate", "stop"], check=True, **quiet)


def test_a_table_is_read_with_its_types(server: str):
    with psycopg.connect(server) as connection:
        connection.execute("CREATE SCHEMA sales; SET TimeZone = 'America/New_York'")
        connection.execute(
            'CREATE TABLE sales."Order Lines" (customer int, invoice text, product text, qty int, '
            "unit_price numeric(9,2), order_date timestamptz)"
        )
        connection.execute(
            "INSERT INTO sales.\"Order Lines\" VALUES (7, 'a,\"b', NULL, 2, 10.50, '2011-01-31 23:30+00'), "
            "(NULL, 'c', 'd', 1, 1, '2011-01-31')"
        )

    with read_orders(f"{server}?table=sales.Order Lines", ReadingOptions()) as transactions:
        found = transactions.connection.execute("SELECT customer_id, invoice, spend FROM orders").fetchall()
        assert found == [("7", 'a,"b', 21.0)]
        assert transactions.report.first_line_at.isoformat() == "2011-01-31T23:30:00"
        assert {drop.reason: drop.lines for drop in transactions.report.dropped} == {"no customer id": 1}


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", "name the table"),
        ("?table=nowhere", 'relation "nowhere" does not exist'),
        ("?table=a;drop", "does not exist"),
    ],
)
def test_what_the_database_refuses_is_told_without_the_password(server: str, query: str, message: str):
    with pytest.raises(TransactionsError, match=message) as refusal:
        read_orders(server + query, ReadingOptions())
    assert "secret" not in str(refusal.value)


def test_a_server_that_is_not_there_is_named():
    with pytest.raises(TransactionsError, match=r"postgresql://127\.0\.0\.1/shop\?table=orders: PostgreSQL says"):
        read_orders(f"postgresql://127.0.0.1:{free_port()}/shop?table=orders", ReadingOptions())
