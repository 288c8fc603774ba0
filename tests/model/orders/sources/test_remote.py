"""Exports on a web server and in a bucket, read by a DuckDB that has httpfs, from real servers of this machine."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from model.orders.sources.remote import without_secrets
from tests.support import ROOT, skip_or_fail

# The newest DuckDB whose httpfs stands in the package index too, and a bucket's server.
DUCKDB = "1.5.5"
PACKAGES = (f"duckdb=={DUCKDB}", f"duckdb-extension-httpfs=={DUCKDB}", "moto==5.2.5", "flask", "flask-cors")
Answers = dict[str, float | str]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    """What ``remote_reading`` finds, with packages of its own ahead of ours."""
    packages, files = tmp_path_factory.mktemp("packages"), tmp_path_factory.mktemp("files")
    uv = [str(Path(sys.executable).parent / "uv"), "pip", "install", "--quiet", "--python", sys.executable]
    try:
        subprocess.run([*uv, "--target", str(packages), *PACKAGES], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        skip_or_fail(f"the package index has no {PACKAGES[1]} for this machine: {getattr(error, 'stderr', error)}")
    finished = subprocess.run(
        [sys.executable, "-m", "tests.model.orders.sources.remote_reading", str(files)],
        cwd=ROOT, env={**_without_aws(), "PYTHONPATH": str(packages), "NO_PROXY": "127.0.0.1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = [line for line in finished.stdout.splitlines() if line.startswith("RESULT ")]
    assert found, finished.stderr[-3000:]
    told: Answers = json.loads(found[0].removeprefix("RESULT "))
    return told


def _without_aws() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.parquet", "a.parquet?signature=a-secret", "signed"])
def test_files_of_a_web_server_are_read(name: str, answers: Answers):
    assert answers[name] == 20.0


@pytest.mark.parametrize(
    ("place", "spend"),
    [
        ("csv/a.csv", 20.0),
        ("csv.gz/a.csv.gz", 20.0),
        ("parquet/a.parquet", 20.0),
        ("parquet/*.parquet", 40.0),
        ("parquet/", 40.0),
        ("parquet", 40.0),
    ],
)
def test_files_patterns_and_folders_of_a_bucket_are_read_with_the_usual_variables(
    place: str, spend: float, answers: Answers
):
    """Marks such as _SUCCESS are no order lines."""
    assert answers[f"s3 {place}"] == spend


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none.csv", "none.csv: there is no such file (HTTP 404)"),
        ("denied.csv?key=a-secret", "denied.csv: access is denied (HTTP 403)"),
        ("a.xlsx", "a.xlsx: a workbook cannot be read from there; download it and give its path"),
        ("no server", "a.csv: the server cannot be reached"),
        ("s3 csv/none.csv", "s3://shop/csv/none.csv: there is no such file or bucket (HTTP 404)"),
        ("s3 none/*.csv", "s3://shop/none/*.csv: no file of the bucket fits this address"),
        ("s3 no bucket", "s3://nobody/a.csv: there is no such file or bucket (HTTP 404)"),
        ("s3 no keys", "access is denied (HTTP 403); set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
        ("s3 denied", "AWS_SESSION_TOKEN where keys are temporary, and AWS_REGION (now 'eu-west-1')"),
        (
            "twice.csv?key=a-secret",
            "twice.csv: the column name 'Price' stands more than once, capitals aside; rename one of them",
        ),
    ],
)
def test_what_cannot_be_read_is_told_with_the_reason(name: str, message: str, answers: Answers):
    assert str(answers[name]).endswith(message)


def test_no_message_holds_a_key_or_a_signature(answers: Answers):
    assert not any("a-secret" in str(answer) or "an-id" in str(answer) for answer in answers.values())


def test_an_address_is_shown_without_its_password_and_signature():
    assert without_secrets("https://me:word@host/a.csv?X-Amz-Signature=1") == "https://host/a.csv"
    assert without_secrets("sales/2011-?.csv") == "sales/2011-?.csv"
