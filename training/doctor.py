"""``python -m training.doctor ORDERS``: what a careful analyst would check before modelling.

The exit code is 0 where nothing stands out, 1 with warnings, 2 where the export cannot be read or is not enough.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from model.commands import BAD_INPUT, GOOD, exit_code_of
from model.errors import TransactionsError
from model.orders.findings import Severity, as_lines
from model.orders.options import ReadingOptions, add_reading_options, mapping_toml
from model.orders.orders import clean_transactions, open_orders
from model.orders.sources.files import require_another_file
from training.checks.column_proposal import propose_mapping
from training.checks.data_checks import examine

WARNINGS = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    chosen = _parser().parse_args(arguments)
    return exit_code_of(lambda: _run(chosen), when_interrupted="interrupted")


def _run(chosen: argparse.Namespace) -> int:
    page, reading = chosen.html, ReadingOptions.of(chosen)
    if page and not page.parent.is_dir():
        raise TransactionsError(f"--html {page}: there is no folder {page.parent}; create it first")
    if page:
        require_another_file(page, chosen.orders)
    if chosen.write_mapping:
        reading = propose_mapping(chosen.orders, reading)
        _write_new(chosen.write_mapping, mapping_toml(reading))
        print(f"wrote {chosen.write_mapping}; check it, then add --mapping {chosen.write_mapping} to any command\n")
    order_lines = open_orders(chosen.orders, reading)
    with clean_transactions(order_lines) as transactions:
        findings = examine(order_lines, transactions)
    print(as_lines(findings))
    if page:
        from training.report.page import template  # noqa: PLC0415 - brings scikit-learn, which no check needs

        title = f"Check of {Path(chosen.orders.partition('?')[0]).name}"
        page.write_text(template("findings.html").render(title=title, findings=findings), encoding="utf-8")
        print(f"\nwrote {page}")
    levels = {finding.severity for finding in findings}
    return BAD_INPUT if Severity.FAILURE in levels else WARNINGS if Severity.WARNING in levels else GOOD


def _write_new(path: Path, content: str) -> None:
    """A mapping that a person has corrected must not be lost."""
    if path.exists():
        raise TransactionsError(f"{path} exists already; remove it, or name another file with --write-mapping FILE")
    path.write_text(content, encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.doctor", description=__doc__)
    parser.add_argument("orders", metavar="ORDERS", help="file, folder, pattern, or postgresql://…?table=orders")
    add_reading_options(parser)
    parser.add_argument(
        "--html", nargs="?", type=Path, const=Path("doctor.html"), metavar="FILE", help="also as a page"
    )
    parser.add_argument(
        "--write-mapping", nargs="?", type=Path, const=Path("shop.toml"), metavar="FILE", help="propose a mapping file"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
