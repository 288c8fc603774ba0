"""What data scientists import: the names, where they come from, and that importing them early costs nothing."""

import sys
import tomllib
from datetime import UTC, datetime, timedelta
from importlib.metadata import Distribution
from pathlib import Path
from subprocess import run

import numpy as np
import pandas as pd
import pytest

import model
import training
from model import (
    Campaign,
    HistoryArtifact,
    ReadingOptions,
    TransactionsError,
    build_features,
    load,
    rank_customers,
    read_orders,
    save,
    score_base,
)
from tests.orders import shop
from tests.support import ROOT
from training import fit_shop, future_spend

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
HEAVY = {"pandas", "duckdb", "sklearn", "scipy", "joblib", "tqdm", "matplotlib", "pydantic_settings"}


@pytest.fixture(scope="module")
def order_lines() -> pd.DataFrame:
    return shop(customers=300, days=500)


@pytest.fixture(scope="module")
def fitted(order_lines: pd.DataFrame) -> HistoryArtifact:
    with read_orders(order_lines) as orders:
        return fit_shop(orders)


@pytest.mark.parametrize("package", [model, training])
def test_every_public_name_is_there(package):
    assert all(getattr(package, name) is not None for name in package.__all__)
    assert set(package.__all__) <= set(dir(package))
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        package.nothing  # noqa: B018


@pytest.mark.parametrize("package", ["model", "training"])
def test_importing_a_package_brings_no_heavy_library(package: str, tmp_path: Path):
    code = f"import sys, {package}; print(sorted({HEAVY} & set(sys.modules)))"

    done = run(
        [sys.executable, "-c", code], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip

    assert done.stdout.strip() == "[]", done.stderr


def test_the_command_does_not_hide_the_function():
    """A module that is imported as ``training.backtest`` would stand where the function is promised."""
    files = [
        path
        for name in ("app", "model", "training", "tests", "scripts", "benchmarks")
        for path in (ROOT / name).rglob("*.py")
    ]
    importing = "training.backtest " + "import"

    assert not [path for path in files if importing in path.read_text()]
    assert callable(training.backtest)


def test_the_project_installs_in_place_into_an_empty_environment(tmp_path: Path):
    """Without its dependencies, which are lent, for they are hundreds of megabytes; their list is the next test's."""
    uv, python = Path(sys.executable).parent / "uv", tmp_path / "venv" / "bin" / "python"
    lent = next(path for path in sys.path if path.endswith("site-packages"))
    run([uv, "venv", "--quiet", "--python", sys.executable, tmp_path / "venv"], check=True)
    run([uv, "pip", "install", "--quiet", "--python", python, "--no-deps", "-e", ROOT], check=True)

    names = (
        "FEATURES, BetaGeoModel, GammaGammaModel, HurdleRegressor, PurchaseProbability, Predictor, Segment, ModelError"
    )
    code = (
        f"import sys; sys.path.append({lent!r})\n"
        f"from model import read_orders, build_features, load, save, rank_customers, {names}\n"
        "from training import train, fit_shop, backtest, future_spend; print(callable(backtest))"
    )
    done = run([python, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.stdout.strip() == "True", done.stderr
    installed = Distribution.at(next((tmp_path / "venv").glob("lib/*/site-packages/short_term_clv-*.dist-info")))
    assert installed.version == PROJECT["version"]
    wanted = [line for line in (ROOT / "requirements.in").read_text().splitlines() if line and not line.startswith("#")]
    assert [text.replace(" ", "") for text in installed.requires or ()] == [text.replace(" ", "") for text in wanted]


def test_the_version_is_that_of_the_service():
    assert PROJECT["version"] == tomllib.loads((ROOT / "app" / "openapi.toml").read_text())["about"]["version"]


def test_a_frame_and_its_file_are_the_same_orders_and_the_frame_is_left_alone(
    order_lines: pd.DataFrame, tmp_path: Path
):
    before = order_lines.copy()
    order_lines.to_csv(tmp_path / "orders.csv", index=False)

    with (
        read_orders(order_lines) as of_frame,
        read_orders(str(tmp_path / "orders.csv")) as of_text,
        read_orders(tmp_path / "orders.csv", ReadingOptions(columns={"invoice": "Invoice"})) as of_path,
    ):
        assert of_frame.report == of_text.report == of_path.report
    pd.testing.assert_frame_equal(order_lines, before)


def test_features_are_those_asked_for_in_that_order(order_lines: pd.DataFrame):
    with read_orders(order_lines) as orders:
        features = build_features(orders, orders.ends_at, columns=["spend_90d", "recency_days"])

        assert features.columns.tolist() == ["spend_90d", "recency_days"]
        assert (features["recency_days"] == build_features(orders, orders.ends_at)["recency_days"]).all()
        with pytest.raises(ValueError, match="columns has favourite_colour; there are total_spend"):
            build_features(orders, orders.ends_at, columns=["favourite_colour"])


def test_a_moment_with_a_time_zone_is_refused(order_lines: pd.DataFrame):
    """Midnight in UTC is the evening before, or the morning, in the shop: orders would change sides."""
    with (
        read_orders(order_lines) as orders,
        pytest.raises(TransactionsError, match="no time zone; give it without one"),
    ):
        build_features(orders, datetime(2024, 6, 1, tzinfo=UTC))


def test_forecasts_are_those_of_the_ranked_list(order_lines: pd.DataFrame, fitted: HistoryArtifact):
    with read_orders(order_lines) as orders:
        forecast = fitted.predict(build_features(orders, fitted.as_of, columns=fitted.needs))
        listed = rank_customers(score_base(orders, fitted), Campaign.of({"limit": 5})).to_frame()

    listed = listed.set_index("customer_id").loc[forecast.index]
    assert len(listed) == len(forecast)
    for name, decimals in (
        ("predicted_future_spend_30d", 2),
        ("purchase_probability_30d", 4),
        ("spend_if_purchase_low", 2),
    ):
        assert forecast[name].to_numpy() == pytest.approx(listed[name].to_numpy(float), abs=0.51 * 10**-decimals)
    assert (listed["decision"] == "treat").sum() == 5


def test_attributions_add_up_to_the_forecast(order_lines: pd.DataFrame, fitted: HistoryArtifact):
    with read_orders(order_lines) as orders:
        features = build_features(orders, fitted.as_of, columns=fitted.needs)

    reasons = fitted.explain(features)

    assert reasons.index.equals(features.index)
    assert reasons.sum(axis=1).to_numpy() == pytest.approx(
        fitted.predict(features)["predicted_future_spend_30d"].to_numpy()
    )
    with pytest.raises(ValueError, match="X lacks spend_halflife_120d"):
        fitted.predict(features.drop(columns="spend_halflife_120d"))


def test_the_level_is_of_the_window_that_it_was_learned_for_alone(order_lines: pd.DataFrame, fitted: HistoryArtifact):
    with read_orders(order_lines) as orders:
        features = build_features(orders, fitted.as_of, columns=fitted.needs)
    elsewhere = fitted.as_of + timedelta(days=60)

    expected = fitted.at(elsewhere).answer(features)

    assert fitted.predict(features, elsewhere)["purchase_probability_30d"].to_numpy() == pytest.approx(
        expected.probability
    )


def test_what_is_saved_is_what_is_loaded(fitted: HistoryArtifact, tmp_path: Path):
    save(fitted, str(tmp_path / "shop.json"))

    assert load(tmp_path / "shop.json") == fitted
    assert load(str(ROOT / "model")).model_version == load(ROOT / "model").model_version
    with pytest.raises(model.ArtifactError, match=r"nothing\.json cannot be read"):
        load(tmp_path / "nothing.json")
    (tmp_path / "broken.json").write_text("{}")
    with pytest.raises(model.ArtifactError, match=r"broken\.json is no history model: model_version"):
        load(tmp_path / "broken.json")


def test_future_spend_is_of_the_horizon_after_each_moment(order_lines: pd.DataFrame):
    with read_orders(order_lines) as orders:
        moment = orders.ends_at - timedelta(days=30)
        spent = future_spend(orders, [moment])

    later = order_lines[order_lines["InvoiceDate"] >= moment]
    assert spent.sum() == pytest.approx(float(np.sum(later["Quantity"] * later["Price"])), rel=0.01)
