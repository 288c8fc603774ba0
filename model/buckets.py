"""Cleaning an export that is larger than memory: orders by slices of days, first products by buckets of customers."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path

from tqdm import tqdm

from model.cleaning import LineCounts, count_lines
from model.definitions import definition
from model.memory import half_of_memory, parse_size
from model.reading import ReadingOptions
from model.tables import Connection, literal

# Enough for speed, and little enough that the peak stays the same from ten million lines on.
LINES_PER_BUCKET = 14_000_000
# What a line costs at the peak: in the hash tables that find copies and first products, and as a typed line too.
BYTES_PER_LINE, BYTES_PER_HELD_LINE = 70, 240
PARQUET = "(FORMAT parquet, COMPRESSION lz4)"


def bucket_count(connection: Connection, reading: ReadingOptions, *, is_reread: bool) -> int:
    """How many buckets an export calls for; 1 where it is cleaned as a whole, as always on Spark.

    ``is_reread`` tells whether lines stay in the export and are read again where they are wanted.
    """
    if reading.engine == "spark":
        return 1
    lines = int(connection.execute("SELECT count(*) FROM source").fetchall()[0][0])
    limit = parse_size(reading.memory_limit) if reading.memory_limit else half_of_memory()
    return max(-(-lines // min(LINES_PER_BUCKET, limit // (BYTES_PER_LINE if is_reread else BYTES_PER_HELD_LINE))), 1)


class Buckets:
    """The clean orders of an export as Parquet files, made step by step.

    Copies of a line and the lines of an order share a moment, so orders are made from some days at a time; the
    first time that a product was bought may be any day, so first products are made from some customers at a time.
    In a folder that stays, finished steps are found again by a fingerprint of the export and its reading, so a
    call that was interrupted continues where it stopped.
    """

    def __init__(
        self, connection: Connection, folder: Path, count: int, tell: Callable[[str], None] | None = None
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
        self.tell(f"continuing in {self.folder}" if is_continued else f"cleaning in {self.count} buckets of customers")
        if not is_reread:
            self._write("lines", judged)
            judged = f"SELECT * FROM {self._files('lines')}"
        self.connection.execute(f"CREATE OR REPLACE TEMP VIEW judged_lines AS {judged}")
        self.connection.execute("CREATE OR REPLACE TEMP VIEW kept_lines AS SELECT * FROM judged_lines WHERE is_kept")
        steps = list(self._steps())
        with tqdm(total=len(steps), desc="cleaning", unit="step", disable=None, leave=False) as progress:
            for name, wanted, kept in steps:
                self.connection.execute(
                    f"CREATE OR REPLACE TEMP VIEW kept_lines AS SELECT * FROM judged_lines WHERE is_kept AND {kept}"
                )
                for table in wanted:
                    self._write(f"{table}-{name}", definition(table))
                    self._show(table, f"{table}-{name}")
                progress.update()
        for table in ("repeated_lines", "booked_orders", "first_products"):
            self._show(table, f"{table}-*")
        self._write("orders", definition("orders"))
        self._show("orders", "orders")
        return count_lines(self.connection)

    def _steps(self) -> Iterator[tuple[str, tuple[str, ...], str]]:
        """Name, tables to make and the lines that they are made from."""
        for number, (first, last) in enumerate(self._slices()):
            during = f"ordered_at >= DATE '{first}' AND ordered_at < DATE '{last}' + INTERVAL 1 DAY"
            yield f"{number}", ("repeated_lines", "booked_orders"), during
        for number in range(self.count):
            yield f"{number}", ("first_products",), f"hash(customer_id) % {self.count} = {number}"

    def _slices(self) -> list[tuple[date, date]]:
        """First and last days of slices that hold about as many lines as a bucket does."""
        counted = self.connection.execute(
            "SELECT CAST(ordered_at AS DATE) AS day, count(*) FROM kept_lines GROUP BY day ORDER BY day"
        ).fetchall()
        return slices_of_days(counted, self.count)

    def _fingerprint(self, judged: str, identity: str) -> str:
        views = self.connection.execute(
            "SELECT sql FROM duckdb_views() WHERE view_name IN ('order_lines', 'source', 'raw') ORDER BY view_name"
        ).fetchall()
        return hashlib.sha256(repr((views, judged, identity, self.count)).encode()).hexdigest()[:16]

    def _write(self, name: str, query: str) -> None:
        """A file that appears when it is whole; one that is there is taken as it is."""
        target = self.folder / f"{name}.parquet"
        if not target.exists():
            staged = target.with_suffix(".next")
            self.connection.execute(f"COPY ({query}) TO {literal(str(staged))} {PARQUET}")
            staged.replace(target)

    def _show(self, table: str, files: str) -> None:
        self.connection.execute(f"CREATE OR REPLACE VIEW {table} AS SELECT * FROM {self._files(files)}")

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
