"""Large exports: cut into buckets, continued after an interruption, and a clear word when something runs out."""

import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import date, datetime
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from model import buckets
from model.buckets import slices_of_days
from model.errors import TransactionsError
from model.features import build_snapshots
from model.memory import half_of_memory, parse_size, shortage_explained, temporary_folder
from model.reading import ReadingOptions
from model.transactions import read_orders, sample_customers
from tests.orders import shop
from tests.support import ROOT

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


def cut_into_steps(monkeypatch: pytest.MonkeyPatch, lines: int = 300) -> None:
    monkeypatch.setattr(buckets, "LINES_AT_ONCE", lines)


@pytest.mark.parametrize("key_bits", [63, 9], ids=["sorted keys", "no keys"])
@pytest.mark.parametrize("kind", ["csv", "parquet", "parquet with numbers as ids", "parquet without products"])
def test_buckets_change_no_number(kind: str, key_bits: int, export: Path, monkeypatch: pytest.MonkeyPatch):
    """Text is typed first and kept; Parquet is read again for each step. Copies and orders are found in parts."""
    if kind != "csv":
        export = export.with_suffix(".parquet")
        rows = some_orders()
        if "ids" in kind:
            rows["Customer ID"] = rows["Customer ID"].str[1:].astype("Int64")
        if "products" in kind:
            rows = rows.drop(columns=[name for name in rows if name in ("StockCode", "Description")])
        duckdb.from_df(rows).write_parquet(str(export))
    with read_orders(export, ReadingOptions()) as whole:
        expected, report = build_snapshots(whole, CUTOFFS), whole.report
    cut_into_steps(monkeypatch)
    monkeypatch.setattr(buckets, "DOUBLED_PER_PART", 4)
    monkeypatch.setattr(buckets, "ORDERS_PER_PART", 70)
    monkeypatch.setattr("model.line_keys.KEY_BITS", key_bits)

    told: list[str] = []
    with read_orders(export, ReadingOptions(), tell=told.append) as cut:
        pd.testing.assert_frame_equal(build_snapshots(cut, CUTOFFS), expected, rtol=1e-12)
        assert cut.report == report
    assert "steps of some days" in told[0]


@pytest.mark.parametrize(
    ("lines", "limit", "expected"),
    [(0, "1GB", 1), (11, "1GB", 1), (12, "1GB", 2), (110, "1GB", 10), (4000, "1GB", 50), (4_000_000, "100MB", 50)],
)
def test_large_exports_take_more_steps_and_very_large_ones_longer_steps(
    lines: int, limit: str, expected: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(buckets, "LINES_AT_ONCE", 11)
    with duckdb.connect() as connection:
        connection.execute(f"CREATE VIEW source AS FROM range({lines})")
        assert buckets.bucket_count(connection, ReadingOptions(memory_limit=limit), is_reread=True) == expected


def test_memory_decides_where_it_is_less_than_a_step_wants():
    with duckdb.connect() as connection:
        connection.execute("CREATE VIEW source AS FROM range(3000000)")
        assert buckets.bucket_count(connection, ReadingOptions(memory_limit="100MB"), is_reread=True) == 3
        assert buckets.bucket_count(connection, ReadingOptions(memory_limit="100MB"), is_reread=False) == 8


def test_an_interrupted_run_continues_with_the_step_it_stopped_at(
    export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    cut_into_steps(monkeypatch)
    reading = ReadingOptions(work_dir=tmp_path / "work")
    write = buckets.Buckets._write

    def stops_at_two(self: buckets.Buckets, name: str, query: str, **options: str) -> None:
        if name == "booked_orders-2":
            raise KeyboardInterrupt
        write(self, name, query, **options)

    with monkeypatch.context() as stopped:
        stopped.setattr(buckets.Buckets, "_write", stops_at_two)
        with pytest.raises(KeyboardInterrupt):
            read_orders(export, reading)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "work").rglob("*.parquet")}

    told: list[str] = []
    with read_orders(export, reading, tell=told.append) as continued, read_orders(export, ReadingOptions()) as fresh:
        assert continued.report == fresh.report
    assert told[0].startswith("continuing in")
    assert sorted(path.stem for path in before) == [
        "booked_orders-0", "booked_orders-1", "lines", "repeated_lines-0-0", "repeated_lines-1-0", "repeated_lines-2-0"
    ]  # fmt: skip
    assert all(path.stat().st_mtime_ns == modified for path, modified in before.items())


def test_another_export_does_not_continue_the_work_of_the_first(
    export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    cut_into_steps(monkeypatch)
    reading = ReadingOptions(work_dir=tmp_path / "work")
    with read_orders(export, reading) as first:
        customers = first.report.customers
    rows = pd.read_csv(export)
    rows[rows["Customer ID"] != "C0001"].to_csv(export, index=False)

    with read_orders(export, reading) as second:
        assert second.report.customers == customers - 1


def test_another_version_of_the_program_begins_anew(export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    cut_into_steps(monkeypatch)
    reading = ReadingOptions(work_dir=tmp_path / "work")
    told: list[str] = []
    with read_orders(export, reading), read_orders(export, reading, tell=told.append):
        assert told[0].startswith("continuing in")
    newer = tmp_path / "sql"
    shutil.copytree(buckets.SQL, newer)
    (newer / "booked_orders.sql").write_text((newer / "booked_orders.sql").read_text() + "-- as of the next version")
    monkeypatch.setattr(buckets, "SQL", newer)

    with read_orders(export, reading, tell=told.append):
        assert told[1].startswith("cleaning in")


def test_days_are_cut_into_runs_of_about_as_many_lines():
    """A day is never cut: copies of a line and the lines of an order share a moment."""
    first, second, fourth, fifth, ninth = (date(2024, 1, day) for day in (1, 2, 4, 5, 9))
    days = [(first, 10), (second, 50), (fourth, 10), (fifth, 10), (ninth, 20)]

    assert slices_of_days(days, 3) == [(first, first), (second, second), (fourth, fifth), (ninth, ninth)]
    assert slices_of_days(days, 1) == [(first, ninth)]


def test_temporary_files_go_also_with_an_interruption(export: Path, tmp_path: Path):
    (tmp_path / "tmp").mkdir()
    code = (
        "import os, signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from model.reading import ReadingOptions; from model.transactions import read_orders\n"
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


def test_keys_that_find_the_disk_full_say_so(tmp_path: Path):
    (tmp_path / "firsts-0.next").symlink_to("/dev/full")
    with duckdb.connect() as connection:
        steps = buckets.Buckets(connection, tmp_path, 2)
        with pytest.raises(TransactionsError, match="is full"), shortage_explained(tmp_path):
            steps._save("firsts-0.npy", np.arange(1_000_000))
    assert not (tmp_path / "firsts-0.npy").exists()


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
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["much", "4", "-1GB", "10MB"])
def test_what_is_no_size_or_too_little_is_refused(text: str):
    with pytest.raises(TransactionsError, match="--memory-limit"):
        parse_size(text)


def test_the_default_is_half_of_the_machine():
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")

    assert half_of_memory() <= total // 2


def test_a_folder_of_ours_goes_when_nobody_holds_it():
    folder = temporary_folder()
    path = Path(folder.name)
    folder.cleanup()

    assert not path.exists()


@pytest.mark.parametrize("lines_per_bucket", [300, 10**9])
def test_a_model_of_a_large_base_is_fitted_on_a_stated_sample(
    lines_per_bucket: int, export: Path, monkeypatch: pytest.MonkeyPatch
):
    cut_into_steps(monkeypatch, lines_per_bucket)

    with read_orders(export, ReadingOptions()) as transactions:
        whole = len(build_snapshots(transactions, CUTOFFS[1:]))
        sample_customers(transactions, at_most=40)
        sampled = len(build_snapshots(transactions, CUTOFFS[1:]))

        assert 20 < sampled < 60 < whole
        assert f"fitted on a sample of {transactions.report.sampled_customers} customers" in transactions.report.table()
