"""Every door tells the same of an export: doctor, training, backtest, scoring, the library and the API."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from model.orders.orders import read_orders
from model.score import main as score
from tests.orders import shop
from tests.support import ROOT
from training.__main__ import backtest_main as backtest
from training.__main__ import main as train
from training.doctor import main as doctor


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """A young shop with a state that is plain, and one that nobody knows."""
    return written(tmp_path, days=80)


def written(tmp_path: Path, days: int, customers: int = 30) -> Path:
    rows = shop(customers=customers, days=days).assign(Status="completed")
    rows.loc[rows.index % 9 == 0, "Status"] = "cancelled"
    rows.loc[rows.index % 7 == 0, "Status"] = "zz9"
    path = tmp_path / "orders.csv"
    rows.to_csv(path, index=False)
    return path


def test_the_same_words_stand_at_every_door(export: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    with read_orders(export) as transactions:
        findings = [str(finding) for finding in transactions.findings if finding.is_grave]
    assert [text.partition(":")[0] for text in findings] == [
        "column 'Status' has values whose meaning is not plain", "column 'Status'",
    ]  # fmt: skip
    doors = {
        "doctor": lambda: doctor([str(export)]),
        "score": lambda: score([str(export), str(tmp_path / "out.csv")]),
        "train": lambda: train([str(export), "--model-dir", str(tmp_path)]),
        "backtest": lambda: backtest([str(export), "--out", str(tmp_path)]),
    }
    codes = {}
    for name, door in doors.items():
        codes[name] = door()
        printed = capsys.readouterr()
        for text in findings:
            assert text in printed.out, name
        if name in ("train", "backtest"):
            assert f"What stands out in the export: {findings[0]}" in printed.err
    assert codes == {"doctor": 2, "score": 0, "train": 2, "backtest": 2}

    with TestClient(create_app(Settings(_env_file=None, model_dir=ROOT / "model", groq_api_key=None))) as client:
        answer = client.post("/rank_customers", files={"file": ("orders.csv", export.read_bytes())}).json()
    words = [text.partition("; decide with")[0] for text in findings]
    assert [text.partition("; decide with")[0] for text in answer["warnings"][:2]] == words


@pytest.mark.parametrize(("days", "customers"), [(80, 30), (400, 150)])
def test_strict_scoring_ends_as_the_doctor_does(
    days: int, customers: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """What is undecided fails both; once it is decided, a history that is too short still does."""
    export, out = str(written(tmp_path, days, customers)), tmp_path / "out.csv"

    assert doctor([export]) == score([export, str(out), "--strict"]) == 2
    assert "--strict: undecided values: column 'Status'" in capsys.readouterr().err
    assert not out.exists()
    decided = ["--purchases", "Status=completed,zz9"]
    assert (doctor([export, *decided]) == 2) == (days == 80)
    assert score([export, str(out), "--strict", *decided]) == (2 if days == 80 else 0)
    assert out.exists() == (days != 80)
    assert score([export, str(out), *decided]) == 0
    assert "cancelled: " not in out.read_text()


def test_a_mapping_file_decides_as_the_options_do(export: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    mapping = tmp_path / "shop.toml"
    mapping.write_text('keep_equal_lines = true\n[purchases]\nStatus = ["completed"]\n')
    told = []
    for options in (["--mapping", str(mapping)], ["--purchases", "Status=completed", "--keep-equal-lines"]):
        score([str(export), str(tmp_path / "out.csv"), *options])
        told.append(capsys.readouterr().out)

    assert told[0] == told[1]
    assert "Status: zz9" in told[0]
    assert "each by itself (--keep-equal-lines)" in told[0]
