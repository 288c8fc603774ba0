"""How an amount of money reads: ``£512.40``, ``¥51,240``, ``SEK 512.40``."""

from collections.abc import Callable
from functools import cache

DEFAULT_CURRENCY = "GBP"
# Only signs that mean one currency to most readers; any other amount carries its ISO 4217 code.
SIGNS = {
    "GBP": "£", "EUR": "€", "USD": "$", "JPY": "¥", "INR": "₹", "KRW": "₩", "TRY": "₺", "UAH": "₴", "NGN": "₦",
    "PHP": "₱", "VND": "₫", "ILS": "₪",
}  # fmt: skip
CODES = {sign: code for code, sign in SIGNS.items()}
# Words that name a currency; dollars and pounds of any country count as the currency in use.
WORDS = {
    "pound": ("GBP", "EGP"), "pounds": ("GBP", "EGP"), "sterling": ("GBP",), "pence": (),
    "euro": ("EUR",), "euros": ("EUR",),
    "dollar": ("USD", "AUD", "CAD", "NZD", "SGD", "HKD"), "dollars": ("USD", "AUD", "CAD", "NZD", "SGD", "HKD"),
    "cents": (), "yen": ("JPY",), "rupee": ("INR",), "rupees": ("INR",), "francs": ("CHF",),
    "kronor": ("SEK",), "kroner": ("NOK", "DKK"),
}  # fmt: skip
ISO_LETTERS = 3
WITHOUT_MINOR_UNIT = frozenset({"JPY", "KRW", "VND", "CLP", "ISK", "UGX", "XAF", "XOF"})
# Beyond this an amount is no shop's; the shortest exact form keeps the text short.
READABLE_BELOW = 1e15


def currency_code(text: str) -> str | None:
    """The ISO 4217 code that a code, a sign or a word means; None where it may mean several."""
    meant = WORDS.get(text.lower(), (CODES[text],) if text in CODES else ())
    if not meant and text.isalpha() and text.isascii() and len(text) == ISO_LETTERS:
        return text.upper()
    return meant[0] if len(meant) == 1 else None


@cache
def money_reader(currency: str) -> Callable[[float], str]:
    """How every amount of one currency reads: with its sign or code, and thousands separators."""
    sign, decimals = SIGNS.get(currency, f"{currency} "), minor_decimals(currency)
    return lambda amount: sign + format_amount(amount, decimals=decimals)


def format_amount(amount: float, *, decimals: int) -> str:
    """Digits with thousands separators."""
    amount += 0.0  # -0.0 reads as 0
    return f"{amount:,.{decimals}f}" if abs(amount) < READABLE_BELOW else f"{amount:g}"


def minor_decimals(currency: str) -> int:
    """How many decimals an amount of this currency has."""
    return 0 if currency in WITHOUT_MINOR_UNIT else 2
