"""What is wrong with order lines, in the words of the HTTP API."""

import re

from app.errors import ContractBroken
from app.rankings.uploads import PLACE, Upload
from app.validation_errors import FieldError
from model.errors import Shortage, TransactionsError
from model.orders.preview import Preview

# The command line's options that callers of the API have as well, and what would be right of each.
RULES = {
    "columns": "each role needs one column; name an unusual one as in columns=customer_id=Kunde,ordered_at=Datum",
    "date_order": "date_order must be day or month where dates such as 03/04/2011 have two readings",
    "decimal": "decimal must be point or comma where amounts such as 1,234 have two readings",
    "encoding": "encoding names what a text file is written in, as in encoding=gb18030",
    "sheet": "sheet names one sheet of a workbook",
    "purchases": "purchases names the values of a column that are purchases, as in purchases=Status=completed",
    "returns_are": "returns_are names the values of a column that are returns, as in returns_are=Type=Refund",
    "discount": "discount names a column that is a rate or an amount off, as in discount=Discount=rate",
    "returns": "returns must be gross or net, as in the training of a loaded model",
    "keep_equal_lines": "keep_equal_lines is true where lines that are equal in every column count each by itself",
    "as_of": "somebody must have bought before as_of",
}
# An option, and the blank or equals sign before its value.
OPTION = re.compile(rf"--({'|'.join(RULES).replace('_', '-')})([ =](?!has |names )(?=\S))?")
READABLE = "a file needs a header and order lines with customer, date, quantity and price"
TOO_MUCH = "the order lines need more memory or disk than the service gives to one shop"
FEWER_LINES = "fewer lines are needed; python -m model.score ranks any number on a machine of your own"
PURCHASES = "at least one line must be a purchase: quantity and price above 0"


def in_address(message: str) -> str:
    """A message with the command line's options as they stand in an address: ``date_order=day``."""
    return OPTION.sub(lambda match: f"{match[1].replace('-', '_')}{'=' if match[2] else ''}", message)


def shop_problem(error: TransactionsError, upload: Upload | None, preview: Preview | None = None) -> ContractBroken:
    """The problem that order lines are to the caller; its place is the option that would help, else the lines."""
    if isinstance(error, Shortage):
        place = ("body", "order_lines") if upload is None else PLACE
        return ContractBroken([FieldError(loc=place, msg=TOO_MUCH, rule=FEWER_LINES, value=None)])
    option = found[1].replace("-", "_") if (found := OPTION.search(str(error))) else None
    if upload is None:
        message, place, rule = str(error).removesuffix("; check --columns"), ("body", "order_lines"), PURCHASES
    else:
        message, place, rule = str(error).replace(str(upload.path), upload.name), PLACE, READABLE
    if option == "as_of" or (option and upload is not None):
        place, rule = ("query", option), RULES[option]
    extra = None if preview is None else preview.model_dump()
    return ContractBroken([FieldError(loc=place, msg=in_address(message), rule=rule, value=None)], extra)
