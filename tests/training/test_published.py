"""``python -m training.published``, the recipe, on a shop whose customers have no numbers."""

import pytest

from tests.support import ROOT
from training.published import main


def test_a_shop_whose_customers_have_no_numbers_is_refused_in_a_sentence(capsys: pytest.CaptureFixture[str]):
    assert main([str(ROOT / "app" / "web" / "static" / "sample_orders.csv")]) == 2

    assert capsys.readouterr().err == (
        "error: column 'customer_id' holds no number, and the recipe takes customers by numbers alone\n"
    )
