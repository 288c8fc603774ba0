"""Exports that lie elsewhere, ``s3://`` or ``https://``: DuckDB's httpfs extension, its credentials and its errors."""

import importlib.util
import os
import re
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import duckdb

from model.engines.connection import literal
from model.errors import TransactionsError

REMOTE = re.compile(r"^(s3|s3a|gs|gcs|r2|https?|hf)://")
KEYS = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"


def is_remote(location: str) -> bool:
    """Whether an export lies on a server."""
    return REMOTE.match(location) is not None


def without_secrets(location: str) -> str:
    """An address as it may be shown: without user, password and query, where signatures stand."""
    if not is_remote(location):
        return location
    return re.sub(r"://[^/@]*@", "://", location.partition("?")[0])


def find_remote_files(connection: duckdb.DuckDBPyConnection, location: str) -> list[str]:
    """The files that an address stands for, in order of name: itself, or those in a bucket that fit it.

    Loads the extension, and gives it what the environment says about S3: ``AWS_ACCESS_KEY_ID``,
    ``AWS_SECRET_ACCESS_KEY``, ``AWS_SESSION_TOKEN``, ``AWS_REGION`` or ``AWS_DEFAULT_REGION``, and
    ``AWS_ENDPOINT_URL_S3`` or ``AWS_ENDPOINT_URL``.

    Raises TransactionsError if the extension is missing, the server cannot be reached, access is denied, or there is
    no such file.
    """
    _load_extension(connection, location)
    if not location.startswith("s3"):
        return [location]
    _give_credentials(connection)
    is_folder = location.endswith("/") or "." not in location.rpartition("/")[2]
    pattern = f"{location.rstrip('/')}/**" if is_folder else location
    try:
        found = connection.execute(f"SELECT file FROM glob({literal(pattern)}) ORDER BY file").fetchall()
    except duckdb.Error as error:
        raise unreachable(location, error) from None
    files = [name for (name,) in found if not re.search(r"/[._][^/]*(/|$)", name.partition("://")[2])]
    if not files:
        raise TransactionsError(f"{location}: no file of the bucket fits this address")
    return files


def unreachable(location: str, error: duckdb.Error) -> TransactionsError:
    """What a person is told of DuckDB's error; raise it ``from None``, for the original may hold a signature."""
    text, shown = str(error), without_secrets(location)
    if "NoSuchBucket" in text:
        return TransactionsError(f"{shown}: there is no such bucket")
    status = _status(location, text)
    if status == 404:
        what = "file or bucket" if shown.startswith("s3") else "file"
        return TransactionsError(f"{shown}: there is no such {what} (HTTP 404)")
    if status in (401, 403):
        hint = f"; check {KEYS}, AWS_SESSION_TOKEN where keys are temporary, and AWS_REGION (now {_region()!r})"
        if not os.environ.get("AWS_ACCESS_KEY_ID"):
            hint = f"; set {KEYS}"
        return TransactionsError(f"{shown}: access is denied (HTTP {status}){hint if shown.startswith('s3') else ''}")
    if status in (301, 400) and shown.startswith("s3"):
        return TransactionsError(
            f"{shown}: the bucket does not answer here (HTTP {status}); is it in the region {_region()!r}? "
            "Set AWS_REGION, or AWS_ENDPOINT_URL for another service"
        )
    if re.search("resolve host|connect to server|Connection|timed? ?out", text, re.IGNORECASE):
        return TransactionsError(f"{shown}: the server cannot be reached")
    first_line = text.partition("LINE 1:")[0].strip().partition("\n")[0]
    without_addresses = re.sub(r"[a-z0-9]+://[^\s'\"]+", "…", first_line)
    return TransactionsError(f"{shown}: cannot be read: {without_addresses}")


def _status(location: str, text: str) -> int | None:
    """The status in DuckDB's error; of a server's refusal it tells "HTTP 0" alone, so the server is asked again."""
    told = re.search(r"\(HTTP (\d+)", text)
    if told is None or told[1] != "0" or not location.startswith("http"):
        return int(told[1]) if told else None
    try:
        first_byte = Request(location, headers={"Range": "bytes=0-0"})  # noqa: S310 - the scheme is http or https
        with urlopen(first_byte, timeout=10) as answer:  # noqa: S310 - see above
            return int(answer.status)
    except HTTPError as error:
        return error.code
    except OSError:
        return None


def _region() -> str:
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"


def _give_credentials(connection: duckdb.DuckDBPyConnection) -> None:
    """DuckDB reads these variables itself only with one more extension."""
    environment = os.environ.get
    endpoint = urlsplit(environment("AWS_ENDPOINT_URL_S3") or environment("AWS_ENDPOINT_URL") or "")
    values = {
        "KEY_ID": environment("AWS_ACCESS_KEY_ID"),
        "SECRET": environment("AWS_SECRET_ACCESS_KEY"),
        "SESSION_TOKEN": environment("AWS_SESSION_TOKEN"),
        "REGION": _region(),
        "ENDPOINT": endpoint.netloc + endpoint.path.rstrip("/"),
        # Services of one's own seldom have a name for each bucket.
        "URL_STYLE": "path" if endpoint.netloc else None,
        "USE_SSL": "false" if endpoint.scheme == "http" else None,
    }
    given = ", ".join(f"{name} {literal(value)}" for name, value in values.items() if value)
    try:
        connection.execute(f"CREATE OR REPLACE TEMPORARY SECRET shop_bucket (TYPE s3, {given})")
    except duckdb.Error:
        raise TransactionsError("the AWS_… variables of the environment cannot be used; check their values") from None


def _load_extension(connection: duckdb.DuckDBPyConnection, location: str) -> None:
    """Load httpfs from the package ``duckdb-extension-httpfs``, where it fits this DuckDB; else the installed one."""
    extension, package = "httpfs", importlib.util.find_spec("duckdb_extension_httpfs")
    if package is not None and package.origin is not None:
        file = Path(package.origin).parent / "extensions" / f"v{duckdb.__version__}" / "httpfs.duckdb_extension"
        extension = literal(str(file)) if file.exists() else extension
    try:
        connection.execute(f"LOAD {extension}")
    except duckdb.Error as error:
        raise TransactionsError(
            f"{without_secrets(location)}: reading {location.partition('://')[0]}:// needs DuckDB's httpfs extension, "
            "which is not installed; where the network allows it, run once: "
            "python -c \"import duckdb; duckdb.sql('INSTALL httpfs')\"; or download the file and give its path"
        ) from error
