"""Cleaning an export that is larger than memory: cut by customer into buckets, one after the other."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from tqdm import tqdm

from model.cleaning import LineCounts, count_lines
from model.definitions import definition
from model.memory import half_of_memory, parse_size
from model.reading import ReadingOptions
from model.tables import Connection, literal

# Enough for speed, and little enough that the peak stays the same from ten million lines on.
LINES_PER_BUCKET = 7_000_000
# What a line costs at the peak of a bucket: as a clean line, and in the hash table that finds its copies.
BYTES_PER_LINE = 120
TABLES = ("orders", "first_products")


def bucket_count(connection: Connection, reading: ReadingOptions) -> int:
    """How many buckets an export calls for; 1 where it is cleaned as a whole, as always on Spark."""
    if reading.engine == "spark":
        return 1
    lines = int(connection.execute("SELECT count(*) FROM source").fetchall()[0][0])
    limit = parse_size(reading.memory_limit) if reading.memory_limit else half_of_memory()
    return -(-lines // min(LINES_PER_BUCKET, limit // BYTES_PER_LINE))


class Buckets:
    """The lines of an export as Parquet files, one folder for each bucket of customers.

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

    def clean(self, judged: str, identity: str) -> LineCounts:
        """Make the views ``orders`` and ``first_products`` from the query ``judged``, and count the lines."""
        self.folder = self.folder / f"lines-{self._fingerprint(judged, identity)}"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.connection.execute("SET preserve_insertion_order = false")
        self._cut(judged)
        counts = [
            self._clean_bucket(number)
            for number in tqdm(range(self.count), desc="cleaning", unit="bucket", disable=None, leave=False)
        ]
        for table in TABLES:
            files = literal(str(self.folder / f"{table}-*.parquet"))
            self.connection.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet({files})")
        return sum(counts[1:], start=counts[0])

    def _fingerprint(self, judged: str, identity: str) -> str:
        views = self.connection.execute(
            "SELECT sql FROM duckdb_views() WHERE view_name IN ('order_lines', 'source', 'raw') ORDER BY view_name"
        ).fetchall()
        return hashlib.sha256(repr((views, judged, identity, self.count)).encode()).hexdigest()[:16]

    def _cut(self, judged: str) -> None:
        """Write every judged line into the folder of its bucket, in one pass over the export."""
        done, lines = self.folder / "lines.done", self.folder / "lines"
        if done.exists():
            self.tell(f"continuing with the {self.count} buckets of {self.folder}")
            return
        self.tell(f"cutting the export into {self.count} buckets of customers")
        self.connection.execute(
            f"COPY (SELECT *, hash(customer_id) % {self.count} AS bucket FROM ({judged})) TO {literal(str(lines))} "
            "(FORMAT parquet, COMPRESSION lz4, PARTITION_BY (bucket), OVERWRITE)"
        )
        done.touch()

    def _clean_bucket(self, number: int) -> LineCounts:
        counts = self.folder / f"counts-{number}.json"
        if counts.exists():
            saved = json.loads(counts.read_text())
            reasons = {reason: (lines, spend) for reason, lines, spend in saved.pop("reasons")}
            return LineCounts(reasons=reasons, **saved)
        files = self.folder / "lines" / f"bucket={number}"
        if not files.exists():  # fewer customers than buckets
            return LineCounts(reasons={}, positive_spend=0.0, copies=0, copied_spend=0.0)
        source = literal(str(files / "*.parquet"))
        self.connection.execute(
            f"CREATE OR REPLACE TEMP VIEW judged_lines AS "
            f"SELECT * FROM read_parquet({source}, hive_partitioning = false)"
        )
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE clean_lines AS {definition('clean_lines')}")
        for table in TABLES:
            target = self.folder / f"{table}-{number}.parquet"
            staged = target.with_suffix(".next")
            self.connection.execute(
                f"COPY ({definition(table)}) TO {literal(str(staged))} (FORMAT parquet, COMPRESSION lz4)"
            )
            staged.replace(target)
        found = count_lines(self.connection)
        self.connection.execute("DROP TABLE clean_lines")
        content = {**asdict(found), "reasons": [(reason, *count) for reason, count in found.reasons.items()]}
        counts.write_text(json.dumps(content))
        return found
