"""Cleaning an export that is larger than memory: orders by slices of days, first products by groups of customers."""

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import pairwise
from pathlib import Path

from duckdb import DuckDBPyConnection
from numpy.lib import format as npy
from tqdm import tqdm

from model.cleaning import LineCounts, count_lines_and_products
from model.definitions import SQL, definition
from model.interruption import interruptible
from model.line_keys import KeyForm, Keys
from model.memory import half_of_memory, parse_size, return_freed_memory
from model.reading import ReadingOptions
from model.tables import literal

# Of very many lines a step takes more, where memory allows: a file without order is read whole for each step.
LINES_AT_ONCE, USUAL_BUCKETS = 11_000_000, 50
ORDERS_PER_PART, DOUBLED_PER_PART = 2_000_000, 1_000_000
# What a line costs at the peak: in the hash tables that find copies and first products, and as a typed line too.
BYTES_PER_LINE, BYTES_PER_HELD_LINE = 70, 240
# Files that live for minutes: written without a search for what would make them smaller, but for the lines.
PARQUET = "(FORMAT parquet, COMPRESSION uncompressed, DICTIONARY_SIZE_LIMIT 1, WRITE_BLOOM_FILTER false)"
SMALL_PARQUET = "(FORMAT parquet, COMPRESSION lz4)"


def bucket_count(connection: DuckDBPyConnection, reading: ReadingOptions, *, is_reread: bool) -> int:
    """How many buckets an export calls for; 1 where it is cleaned as a whole.

    ``is_reread`` tells whether lines stay in the export and are read again where they are wanted.
    """
    lines = int(connection.execute("SELECT count(*) FROM source").fetchall()[0][0])
    limit = parse_size(reading.memory_limit) if reading.memory_limit else half_of_memory()
    affordable = limit // (BYTES_PER_LINE if is_reread else BYTES_PER_HELD_LINE)
    return max(-(-lines // min(max(LINES_AT_ONCE, lines // USUAL_BUCKETS), affordable)), 1)


class Buckets:
    """The clean orders of an export as Parquet files, made step by step.

    Copies of a line and the lines of an order share a moment, so both are found in some days at a time. The first
    time that a product was bought may be any day, as may the moments of an invoice that is booked twice, so those
    are put together for some customers at a time, of what each run of days had.
    In a folder that stays, finished steps are found again by a fingerprint of the export, its reading and the code that
    makes them, so a call that was interrupted continues where it stopped, unless the program has changed since.
    """

    def __init__(
        self, connection: DuckDBPyConnection, folder: Path, count: int, tell: Callable[[str], None] | None = None
    ) -> None:
        self.connection = connection
        self.folder = folder
        self.count = count
        self.tell = tell or (lambda _: None)

    def clean(self, judged: str, identity: str, *, is_reread: bool) -> LineCounts:
        """Make the views ``orders`` and ``first_products`` from the query ``judged``, and count the lines."""
        self.folder = self.folder / f"lines-{self._fingerprint(judged, identity)}"
        is_continued = self.folder.exists()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.tell(f"continuing in {self.folder}" if is_continued else f"cleaning in {self.count} steps of some days")
        if not is_reread:
            self._write("lines", judged, form=SMALL_PARQUET)
            judged = f"SELECT * FROM {self._files('lines')}"
        self.connection.execute(f"CREATE OR REPLACE TEMP VIEW judged_lines AS {judged}")
        self._keep("true")
        counts = count_lines_and_products(self.connection)
        slices = [
            f"ordered_at >= DATE '{first}' AND ordered_at < DATE '{last}' + INTERVAL 1 DAY"
            for first, last in slices_of_days(self._days(), self.count)
        ]
        form = KeyForm.of(self.connection)
        if form is None:
            self.connection.execute(f"CREATE TEMP VIEW doubled_products AS {definition('doubled_products')}")
        with tqdm(total=len(slices), desc="cleaning", unit="step", disable=None, leave=False) as progress:
            for number, during in enumerate(slices):
                self._write_slice(number, during, form)
                return_freed_memory()
                progress.update()
        self._write_first_products(form)
        self._write_orders()
        for table in ("repeated_lines", "orders", "first_products"):
            self._show(table, f"{table}-*")
        return counts

    def _keep(self, condition: str) -> None:
        """Let the view ``kept_lines`` be those that a step is made from."""
        self.connection.execute(
            f"CREATE OR REPLACE TEMP VIEW kept_lines AS SELECT * FROM judged_lines WHERE is_kept AND {condition}"
        )

    def _days(self) -> list[tuple[date, int]]:
        """Days with lines, in order, and how many."""
        query = "SELECT CAST(ordered_at AS DATE) AS day, count(*) FROM judged_lines GROUP BY day"
        return sorted(row for row in self.connection.execute(query).fetchall() if row[0] is not None)

    def _write_slice(self, number: int, during: str, form: KeyForm | None) -> None:
        """Booked orders and first purchases of some days."""
        if self._has(f"booked_orders-{number}.parquet"):
            return
        self._keep(during)
        if form is None:
            self._write(f"repeated_lines-{number}-0", definition("repeated_lines"))
        else:
            self._write_by_keys(number, during, form)
            self._keep(during)
        self._show("repeated_lines", f"repeated_lines-{number}-*")
        self._write(f"booked_orders-{number}", definition("booked_orders"))

    def _write_by_keys(self, number: int, during: str, form: KeyForm) -> None:
        """Copies of lines and first purchases of some days; the latter are kept beside the engine's work."""
        keys = form.sorted_keys(self.connection)
        form.show_doubled_products(self.connection, keys)
        parts = 1 + self._count("doubled_products") // DOUBLED_PER_PART
        with ThreadPoolExecutor(1) as beside:
            kept = beside.submit(lambda own: self._save(f"firsts-{number}.npy", form.firsts(own)), keys)
            del keys  # theirs alone from here on, and gone before the engine needs most
            for part in range(parts):
                self._keep(during if parts == 1 else f"{during} AND hash(customer_id) % {parts} = {part}")
                self._write(f"repeated_lines-{number}-{part}", definition("repeated_lines"))
            kept.result()

    def _write_orders(self) -> None:
        """The orders of some customers at a time."""
        self._show("booked_orders", "booked_orders-*")
        parts = -(-self._count("booked_orders") // ORDERS_PER_PART)
        for number in range(parts):
            self._show("booked_orders", "booked_orders-*", f"hash(customer_id) % {parts} = {number}")
            self._write(f"orders-{number}", definition("orders"))

    def _write_first_products(self, form: KeyForm | None) -> None:
        """The first products of some customers at a time; from keys, which leave the engine idle, of two at once."""
        if form is None:
            for number in range(self.count):
                self._keep(f"hash(customer_id) % {self.count} = {number}")
                self._write(f"first_products-{number}", definition("first_products"))
            return
        files = sorted(self.folder.glob("firsts-*.npy"))
        with ThreadPoolExecutor(2) as beside:
            groups = enumerate(pairwise(form.bounds(files, 2 * self.count)))
            for task in [beside.submit(self._write_merged, form, files, *group) for group in groups]:
                task.result()

    def _write_merged(self, form: KeyForm, files: Sequence[Path], number: int, between: tuple[int, int]) -> None:
        """The first products of the customers between two keys, on a connection of its own."""
        name = f"first_products-{number}"
        if not self._has(f"{name}.parquet"):
            visits = form.visits(form.firsts_between(files, *between))
            with interruptible(self.connection.cursor()) as connection:
                self._write(name, form.first_products(connection, visits), connection)
            del visits
            return_freed_memory()

    def _fingerprint(self, judged: str, identity: str) -> str:
        views = self.connection.execute(
            "SELECT sql FROM duckdb_views() WHERE view_name IN ('order_lines', 'source', 'raw') ORDER BY view_name"
        ).fetchall()
        here = Path(__file__)
        code = [path.read_bytes() for path in (here, here.with_name("line_keys.py"), *sorted(SQL.glob("*.sql")))]
        return hashlib.sha256(repr((views, judged, identity, self.count, code)).encode()).hexdigest()[:16]

    def _count(self, relation: str) -> int:
        return int(self.connection.execute(f"SELECT count(*) FROM {relation}").fetchall()[0][0])

    def _has(self, name: str) -> bool:
        return (self.folder / name).exists()

    def _save(self, name: str, keys: Keys) -> None:
        """The same as ``_write`` for keys."""
        staged = (self.folder / name).with_suffix(".next")
        with staged.open("wb") as file:
            # ``numpy.save`` does not tell why it stopped in the middle: it has no word for a full disk.
            npy.write_array_header_1_0(file, npy.header_data_from_array_1_0(keys))
            file.write(keys.data)
        staged.replace(self.folder / name)

    def _write(
        self, name: str, query: str, connection: DuckDBPyConnection | None = None, *, form: str = PARQUET
    ) -> None:
        """A file that appears when it is whole; one that is there is taken as it is."""
        target = self.folder / f"{name}.parquet"
        if not target.exists():
            staged = target.with_suffix(".next")
            (connection or self.connection).execute(f"COPY ({query}) TO {literal(str(staged))} {form}")
            staged.replace(target)

    def _show(self, table: str, files: str, condition: str = "true") -> None:
        query = f"SELECT * FROM {self._files(files)} WHERE {condition}"
        self.connection.execute(f"CREATE OR REPLACE VIEW {table} AS {query}")

    def _files(self, name: str) -> str:
        return f"read_parquet({literal(str(self.folder / f'{name}.parquet'))})"


def slices_of_days(counted: Sequence[tuple[date, int]], count: int) -> list[tuple[date, date]]:
    """Cut days with their numbers of lines into runs of at most the ``count``-th part of all lines, or one day."""
    most = -(-sum(lines for _, lines in counted) // count)
    slices: list[tuple[date, date]] = []
    held = 0
    for day, lines in counted:
        if slices and held + lines <= most:
            slices[-1] = (slices[-1][0], day)
            held += lines
        else:
            slices.append((day, day))
            held = lines
    return slices
