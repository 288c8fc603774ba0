"""What is wrong with an uploaded export, in the words of the HTTP API."""

import re

from app.errors import ContractBroken
from app.ranking.uploads import FILE, Upload
from app.violations import Violation
from model.errors import TransactionsError

# The command line's options that callers of the API have as well, and what would be right of each.
RULES = {
    "columns": "each role needs one column; name an unusual one as in columns=customer_id=Kunde,ordered_at=Datum",
    "date_order": "date_order must be day or month where dates such as 03/04/2011 have two readings",
    "decimal": "decimal must be point or comma where amounts such as 1,234 have two readings",
    "sheet": "sheet names one sheet of a workbook",
    "as_of": "somebody must have bought before as_of",
}
OPTION = re.compile(r"--(columns|date-order|decimal|sheet|as-of)\b[ =]?")
READABLE = "a file needs a header and order lines with customer, date, quantity and price"


def export_problem(error: TransactionsError, upload: Upload | None) -> ContractBroken:
    """The problem that an export is to the caller; its place is the option that would help, else the file."""
    message = str(error)
    if upload is not None:
        message = message.replace(str(upload.path), upload.name)
    found = OPTION.search(message)
    message = OPTION.sub(lambda match: f"{match[1].replace('-', '_')}=", message)
    if found is None:
        return ContractBroken([Violation(loc=("body", FILE), msg=message, rule=READABLE, value=None)])
    option = found[1].replace("-", "_")
    return ContractBroken([Violation(loc=("query", option), msg=message, rule=RULES[option], value=None)])
