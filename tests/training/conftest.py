from pathlib import Path

import pandas as pd
import pytest

from tests.orders import shop, transactions
from training.evaluation.backtest import Past, served_past
from training.windows.panel import Panel, build_panel
from training.windows.windows import split_windows


@pytest.fixture(scope="session")
def order_lines() -> pd.DataFrame:
    """A shop of 150 customers over fourteen months."""
    return shop(customers=150, days=430)


@pytest.fixture(scope="session")
def orders(order_lines: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its export."""
    path = tmp_path_factory.mktemp("shop") / "orders.csv"
    order_lines.to_csv(path, index=False)
    return path


@pytest.fixture(scope="session")
def panel(order_lines: pd.DataFrame) -> Panel:
    return panel_of(order_lines)


@pytest.fixture(scope="session")
def past(panel: Panel) -> Past:
    return served_past(panel)


def panel_of(order_lines: pd.DataFrame) -> Panel:
    with transactions(order_lines) as history:
        split = split_windows(history, horizon_days=30, active_days=90)
        return build_panel(history, split.windows, active_days=90)
