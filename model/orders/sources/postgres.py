"""A table of a PostgreSQL database as order lines: ``postgresql://user@host/shop?table=orders``."""

from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from model.errors import TransactionsError

SCHEMES = ("postgresql://", "postgres://")
# Dates as 2011-12-31 and moments in UTC, whatever the server is set to.
_SESSION = "-c DateStyle=ISO -c TimeZone=UTC"


def copy_table(url: str, target: Path) -> str:
    """Write a whole table to a CSV file, streamed by COPY; gives a name of the table without any password.

    Raises TransactionsError if the URL names no table, psycopg is not installed, or the database refuses.
    """
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    table = options.pop("table", "")
    shown = f"postgresql://{parts.hostname or ''}{parts.path}?table={table}"
    if not table:
        raise TransactionsError(f"{shown}: name the table or view, as in postgresql://user@host/shop?table=orders")
    try:
        import psycopg  # noqa: PLC0415 - only this source needs it
        from psycopg import sql  # noqa: PLC0415
    except ImportError as error:
        raise TransactionsError(
            f"{shown}: reading a PostgreSQL table needs psycopg: pip install 'psycopg[binary]'"
        ) from error
    query = sql.SQL("COPY (SELECT * FROM {}) TO STDOUT (FORMAT csv, HEADER)").format(sql.Identifier(*table.split(".")))
    address = urlunsplit(parts._replace(query=urlencode(options)))
    try:
        with (
            psycopg.connect(address, options=_SESSION) as connection,
            connection.cursor().copy(query) as rows,
            target.open("wb") as file,
        ):
            for row in rows:
                file.write(row)
    except psycopg.Error as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise TransactionsError(f"{shown}: PostgreSQL says: {reason}") from error
    return shown
