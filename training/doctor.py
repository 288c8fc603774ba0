"""``python -m training.doctor ORDERS``: what a careful analyst would check before modelling.

The exit code is 0 where nothing stands out, 1 with warnings, 2 where the export cannot be read or is not enough.
"""

import argparse
import html
import sys
from collections.abc import Sequence
from pathlib import Path

from model.commands import BAD_INPUT, GOOD, exit_code_of
from model.errors import TransactionsError
from model.orders.findings import Finding, Severity, as_lines
from model.orders.options import ReadingOptions, add_reading_options, mapping_toml
from model.orders.order_lines import OrderLines
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
    if chosen.html:
        _require_folder(chosen.html)
        require_another_file(chosen.html, chosen.orders)
    findings = _findings(chosen)
    print(as_lines(findings))
    if chosen.html:
        chosen.html.write_text(as_html(str(chosen.orders), findings), encoding="utf-8")
        print(f"\nwrote {chosen.html}")
    return exit_code(findings)


def _findings(chosen: argparse.Namespace) -> list[Finding]:
    reading = ReadingOptions.of(chosen)
    if chosen.write_mapping:
        reading = propose_mapping(chosen.orders, reading)
        _write_new(chosen.write_mapping, mapping_toml(reading))
        print(f"wrote {chosen.write_mapping}; check it, then add --mapping {chosen.write_mapping} to any command\n")
    return _examined(open_orders(chosen.orders, reading))


def exit_code(findings: Sequence[Finding]) -> int:
    """0, 1 with warnings, 2 with a failure."""
    levels = {finding.severity for finding in findings}
    return BAD_INPUT if Severity.FAILURE in levels else WARNINGS if Severity.WARNING in levels else GOOD


def as_html(orders: str, findings: Sequence[Finding]) -> str:
    """The findings as a page that needs nothing else."""
    rows = "\n".join(
        f'<tr class="{finding.severity}"><td>{finding.severity}</td><th scope="row">{html.escape(finding.topic)}</th>'
        f"<td>{html.escape(str(finding))}</td></tr>"
        for finding in findings
    )
    title = f"Check of {html.escape(Path(orders.partition('?')[0]).name)}"
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem }}
h1 {{ overflow-wrap: anywhere }}
table {{ border-collapse: collapse; width: 100% }}
th, td {{ text-align: left; vertical-align: top; padding: .5rem; border-bottom: 1px solid #8886 }}
td:last-child {{ overflow-wrap: anywhere }}
.warning td:first-child {{ background: light-dark(#fff3cd, #5c4700) }}
.failure td:first-child {{ background: light-dark(#f8d7da, #6b1f27) }}
@media (width >= 40rem) {{ th {{ white-space: nowrap }} }}
@media (width < 40rem) {{
  thead {{ display: none }}
  tr {{ display: block; border-bottom: 1px solid #8886 }}
  td, th {{ display: block; border: 0; padding: .25rem .5rem }}
  .ok td:first-child {{ display: none }}
}}
</style></head><body><h1>{title}</h1>
<table><thead><tr><th>level</th><th>check</th><th>finding</th></tr></thead><tbody>
{rows}
</tbody></table></body></html>
"""


def _examined(order_lines: OrderLines) -> list[Finding]:
    with clean_transactions(order_lines) as transactions:
        return examine(order_lines, transactions)


def _require_folder(page: Path) -> None:
    if not page.parent.is_dir():
        raise TransactionsError(f"--html {page}: there is no folder {page.parent}; create it first")


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
