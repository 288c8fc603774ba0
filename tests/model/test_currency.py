"""Which currency a column of an export means."""

import pytest

from model.currency import currency_code
from tests.orders import shop, transactions


@pytest.mark.parametrize(
    ("told", "code"),
    [("EUR", "EUR"), ("eur", "EUR"), ("€", "EUR"), ("euro", "EUR"), ("£", "GBP"), ("yen", "JPY"), ("SEK", "SEK"),
     ("dollars", None), ("pounds", None), ("??", None), ("", None)],
)  # fmt: skip
def test_a_code_a_sign_or_a_word_of_one_currency_is_known(told: str, code: str | None):
    assert currency_code(told) == code


def test_the_currency_of_a_column_is_that_of_the_orders():
    with transactions(shop(customers=3).assign(Currency=" eur ")) as of_euros, transactions(shop(customers=3)) as plain:
        assert (of_euros.currency, plain.currency) == ("EUR", None)
