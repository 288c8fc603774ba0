"""The same definitions on Spark: a real JVM, in two time zones, against DuckDB."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from model.engines.spark.dialect import parse, to_spark
from model.errors import TransactionsError
from model.orders.options import ReadingOptions
from model.orders.orders import read_orders
from tests.model.engines.spark.support import agreement, check, require_spark
from tests.orders import shop
from tests.support import ROOT, skip_or_fail, small_model


def translated(query: str, **parameters: object) -> str:
    return to_spark(parse(query, parameters))


def test_decimal_literals_stay_doubles():
    """Spark would read 86400.0 as a DECIMAL and divide with six digits."""
    assert translated("SELECT a / 86400.0 FROM t") == "SELECT a / CAST('86400.0' AS DOUBLE) FROM t"


def test_division_by_zero_is_null_as_in_duckdb():
    """Spark would stop; a customer who only gave back has no order to divide by."""
    assert translated("SELECT a / 86400.0 / (b + 0.5) FROM t") == (
        "SELECT TRY_DIVIDE(a / CAST('86400.0' AS DOUBLE), (b + CAST('0.5' AS DOUBLE))) FROM t"
    )


def test_parameters_intervals_and_dates_are_translated():
    assert translated("SELECT a - to_days($n) FROM t", n=90) == "SELECT a - MAKE_DT_INTERVAL(90) FROM t"
    assert translated("SELECT try_strptime(a, ['%d/%m/%Y', '%Y%m%d%H%M']) FROM t") == (
        "SELECT COALESCE(TRY_TO_TIMESTAMP(a, 'd/M/yyyy'), TRY_TO_TIMESTAMP(a, 'yyyyMMddHHmm')) FROM t"
    )
    assert "$1" in translated(r"SELECT regexp_replace(a, '^([0-9]+)[.]0+$', '\1') FROM t")


@pytest.mark.parametrize("name", ["orders.xlsx", "postgresql://host/shop?table=orders"])
def test_what_spark_cannot_read_is_refused_with_the_way_out(name: str, tmp_path: Path):
    (tmp_path / "orders.xlsx").write_text("x")
    path = name if "://" in name else str(tmp_path / name)

    with pytest.raises(TransactionsError, match="--engine spark cannot read"):
        read_orders(path, ReadingOptions(engine="spark"))


def test_spark_says_the_same_of_a_text_export_in_utc(tmp_path: Path):
    """US dates, amounts with signs, columns of its own, in another order in the second file: all is translated."""
    export = shop(customers=150, days=300).assign(
        InvoiceDate=lambda rows: rows["InvoiceDate"].dt.strftime("%m/%d/%Y %H:%M"),
        Price=lambda rows: rows["Price"].map("${:,.2f}".format),
    )
    path = tmp_path / "orders"
    path.mkdir()
    export = export.rename(columns={"Customer ID": "wer"})
    export[::2].to_csv(path / "1.csv", index=False)
    export[1::2][export.columns[::-1]].to_csv(path / "2.csv", index=False)

    check(
        agreement(
            {"TZ": "UTC"}, orders=str(path), cutoffs=["2024-06-01", "2024-09-01"], folder=str(tmp_path),
            master="local[2]", model_dir=str(small_model(tmp_path / "model")), columns={"customer_id": "wer"},
            policies=["gross"],
        )
    )  # fmt: skip


def test_spark_says_the_same_of_the_real_orders_in_new_york(tmp_path: Path):
    """A naive cutoff that moved by the hours of the zone would be a leak. Every twentieth customer, both policies."""
    orders = os.environ.get("ORDERS_PATH")
    if not orders:
        skip_or_fail("needs the real order lines: set ORDERS_PATH")
    path = tmp_path / "orders.parquet"
    duckdb.execute(
        f"COPY (SELECT * FROM '{orders}' WHERE \"Customer ID\" % 20 = 0 OR \"Customer ID\" IS NULL) TO '{path}'"
    )

    check(
        agreement(
            {"TZ": "America/New_York"}, orders=str(path), cutoffs=["2011-03-13", "2011-11-10"], folder=str(tmp_path),
            master="local[2]", model_dir=str(small_model(tmp_path / "model")), columns={}, policies=["gross", "net"],
        )
    )  # fmt: skip


def test_ctrl_c_while_java_starts_leaves_no_java_behind(tmp_path: Path):
    """PySpark makes a folder for what Java tells it first, so Java is about to start when there is one."""
    require_spark()
    (tmp_path / "tmp").mkdir()
    shop(customers=20, days=60).to_csv(tmp_path / "orders.csv", index=False)
    process = subprocess.Popen(
        [sys.executable, "-m", "training.doctor", tmp_path / "orders.csv", "--engine", "spark"],
        cwd=ROOT, env={**os.environ, "TMPDIR": str(tmp_path / "tmp")}, stderr=subprocess.PIPE, text=True,
        process_group=0,
    )  # fmt: skip
    while not list((tmp_path / "tmp").iterdir()):
        assert process.poll() is None
        time.sleep(0.05)

    process.send_signal(signal.SIGINT)
    told = process.communicate(timeout=60)[1]  # until Java, which has the same stderr, has ended

    assert process.returncode == 130
    assert told.endswith("interrupted\n")
    assert "Traceback" not in told
