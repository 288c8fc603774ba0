"""Large exports: spilled to disk, ended by Ctrl-C, and a clear word when something runs out."""

import os
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from model.engines.memory import memory_bytes, shortage_explained, temporary_folder
from model.errors import TransactionsError
from model.features.definitions import build_snapshots
from model.orders.options import ReadingOptions
from model.orders.orders import read_orders, sample_customers
from tests.orders import shop
from tests.support import ROOT

COPIES = 40
CUTOFFS = [datetime(2024, 6, 1), datetime(2024, 12, 1)]


def some_orders() -> pd.DataFrame:
    """With copies, and lines without a customer."""
    rows = shop(customers=80)
    return pd.concat([rows, rows.head(30), rows.head(20).assign(**{"Customer ID": None})])


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    some_orders().to_csv(path, index=False)
    return path


@pytest.mark.parametrize("kind", ["csv", "parquet", "parquet with numbers as ids", "parquet without products"])
def test_a_small_memory_limit_changes_no_number(kind: str, export: Path, tmp_path: Path):
    """DuckDB spills what does not fit; text is typed first and kept, Parquet is read again for each step."""
    rows = pd.read_csv(export, parse_dates=["InvoiceDate"])
    if "ids" in kind:
        rows["Customer ID"] = rows["Customer ID"].str[1:].astype("Int64")
    if "products" in kind:
        rows = rows.drop(columns=[name for name in rows if name in ("StockCode", "Description")])
    copied = (
        "SELECT rows.* REPLACE (rows.Invoice || '-' || copy AS Invoice, CASE WHEN \"Customer ID\" IS NOT NULL THEN "
        f'"Customer ID" || CAST(copy AS VARCHAR) END AS "Customer ID") FROM rows CROSS JOIN range({COPIES}) AS c(copy)'
    )
    export = tmp_path / f"copies.{kind[:7].strip()}"
    duckdb.sql(copied).write_csv(str(export)) if kind == "csv" else duckdb.sql(copied).write_parquet(str(export))
    with read_orders(export, ReadingOptions(memory_limit="2GB")) as whole:
        expected, report = build_snapshots(whole, CUTOFFS), whole.report

    with read_orders(export, ReadingOptions(memory_limit="100MB")) as spilled:
        pd.testing.assert_frame_equal(build_snapshots(spilled, CUTOFFS), expected, rtol=1e-12)
        assert spilled.report == report


def test_temporary_files_go_also_with_an_interruption(export: Path, tmp_path: Path):
    (tmp_path / "tmp").mkdir()
    code = (
        "import os, signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from model.orders.options import ReadingOptions; from model.orders.orders import read_orders\n"
        f"transactions = read_orders({str(export)!r}, ReadingOptions())\n"
        "print(len(os.listdir(os.environ['TMPDIR'])), flush=True)\n"
        "os.kill(os.getpid(), signal.SIGINT)\n"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={**os.environ, "TMPDIR": str(tmp_path / "tmp")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert finished.stdout == "1\n"
    assert "KeyboardInterrupt" in finished.stderr
    assert list((tmp_path / "tmp").iterdir()) == []


def test_ctrl_c_ends_a_command_within_seconds_and_leaves_nothing(tmp_path: Path):
    """Also within a query that goes on for much longer: DuckDB is told at once, not when it comes back."""
    (tmp_path / "tmp").mkdir()
    duckdb.execute(
        "COPY (SELECT range % 500000 AS customer, range // 9 AS invoice, range % 4001 AS product, "
        "TIMESTAMP '2024-01-01' + to_minutes(CAST(range % 500000 AS INTEGER)) AS date, 1 AS quantity, 2.5 AS price "
        f"FROM range(20000000)) TO '{tmp_path}/orders.parquet'"
    )
    command = [sys.executable, "-m", "model.score", tmp_path / "orders.parquet", tmp_path / "out.parquet"]
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, "TMPDIR": str(tmp_path / "tmp")}, stderr=subprocess.PIPE, text=True
    )
    while not list((tmp_path / "tmp").iterdir()):
        assert process.poll() is None
        time.sleep(0.05)
    time.sleep(1)

    process.send_signal(signal.SIGINT)
    told = process.communicate(timeout=10)[1]

    assert (process.returncode, told) == (130, f"interrupted; {tmp_path / 'out.parquet'} was not written\n")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["orders.parquet", "tmp"]


def test_memory_that_runs_out_is_told_with_the_option_that_helps():
    connection = duckdb.connect()
    connection.execute("SET memory_limit = '20MB'; SET temp_directory = ''")

    with (
        pytest.raises(TransactionsError, match=r"memory ran out.*Raise --memory-limit"),
        shortage_explained(Path("/tmp")),
    ):
        connection.execute("SELECT list(range) FROM range(50000000)").fetchall()


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), duckdb.IOException("Could not write: No space left on device")]
)
def test_a_full_disk_is_told_with_its_folder(error: Exception):
    with pytest.raises(TransactionsError, match="the disk of /scratch is full"), shortage_explained(Path("/scratch")):
        raise error


@pytest.mark.parametrize(
    ("text", "size"), [("4GB", 4 * 10**9), ("512 mb", 512 * 10**6), ("1GiB", 2**30), ("1.5G", 15 * 10**8)]
)
def test_sizes_are_read_as_people_write_them(text: str, size: int):
    assert memory_bytes(text) == size


@pytest.mark.parametrize("text", ["much", "4", "-1GB", "10MB"])
def test_what_is_no_size_or_too_little_is_refused(text: str):
    with pytest.raises(TransactionsError, match="--memory-limit"):
        memory_bytes(text)


def test_the_default_is_half_of_the_machine():
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")

    assert memory_bytes() <= total // 2


def test_a_folder_of_ours_goes_when_nobody_holds_it():
    folder = temporary_folder()
    path = Path(folder.name)
    folder.cleanup()

    assert not path.exists()


def test_a_model_of_a_large_base_is_fitted_on_a_stated_sample(export: Path):
    with read_orders(export, ReadingOptions()) as transactions:
        whole = len(build_snapshots(transactions, CUTOFFS[1:]))
        sample_customers(transactions, at_most=40)
        sampled = len(build_snapshots(transactions, CUTOFFS[1:]))

        assert 20 < sampled < 60 < whole
        assert f"fitted on a sample of {transactions.report.sampled_customers} customers" in transactions.report.table()
