"""Run by ``test_remote.py`` with a DuckDB that has httpfs: reads exports from a web server and from a bucket.

Both are real servers of this process; the bucket's is moto's.
"""

import gzip
import json
import os
import re
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import boto3
import duckdb
from moto.server import ThreadedMotoServer

from model.errors import TransactionsError
from model.orders.options import ReadingOptions
from model.orders.orders import read_orders
from tests.support import free_port

LINES = "Invoice,StockCode,Quantity,InvoiceDate,Price,Customer ID\n1,A,2,2011-01-31 08:26,10.00,77\n"
KEYS = {"AWS_ACCESS_KEY_ID": "an-id", "AWS_SECRET_ACCESS_KEY": "a-secret", "AWS_REGION": "eu-west-1"}


class Files(SimpleHTTPRequestHandler):
    """A folder with parts of files on demand, as Parquet needs them; ``/denied…`` is for nobody."""

    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def log_message(self, *_: object) -> None:
        """Nothing."""

    def _answer(self, *, with_body: bool) -> None:
        file = Path(self.directory, self.path.partition("?")[0].lstrip("/"))
        if self.path.startswith("/denied") or not file.is_file():
            status, content = (403 if self.path.startswith("/denied") else 404), b"no"
        else:
            status, content = 200, file.read_bytes()
        whole = len(content)
        part = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if part and status == 200:
            first, last = int(part[1]), min(int(part[2] or whole), whole - 1)
            status, content = 206, content[first : last + 1]
        self.send_response(status)
        if status == 206:
            self.send_header("Content-Range", f"bytes {first}-{last}/{whole}")
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if with_body:
            self.wfile.write(content)


def write_exports(folder: Path) -> None:
    """The same order line in each kind of file, and one of another month."""
    (folder / "a.csv").write_text(LINES)
    (folder / "twice.csv").write_text("Price,Price\n1,2\n")
    (folder / "a.csv.gz").write_bytes(gzip.compress(LINES.encode()))
    for name, month in (("a", "01"), ("b", "02")):
        (folder / "month.csv").write_text(LINES.replace("2011-01-31", f"2011-{month}-28"))
        duckdb.read_csv(str(folder / "month.csv")).write_parquet(str(folder / f"{name}.parquet"))


def fill_bucket(endpoint: str, folder: Path) -> str:
    """Put the exports into the bucket ``shop``; returns a signed address of one."""
    keys = {"aws_access_key_id": "an-id", "aws_secret_access_key": "a-secret", "region_name": "eu-west-1"}
    client = boto3.client("s3", endpoint_url=endpoint, **keys)
    client.create_bucket(Bucket="shop", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    for name in ("a.parquet", "b.parquet", "a.csv", "a.csv.gz"):
        client.upload_file(str(folder / name), "shop", f"{name.partition('.')[2]}/{name}")
    client.put_object(Bucket="shop", Key="parquet/_SUCCESS", Body=b"")
    signed: str = client.generate_presigned_url("get_object", Params={"Bucket": "shop", "Key": "csv/a.csv"})
    return signed


def told(address: str) -> float | str:
    """What was spent in an export, or why it cannot be read."""
    try:
        with read_orders(address, ReadingOptions()) as transactions:
            return transactions.report.spend
    except TransactionsError as error:
        return str(error)


def main(folder: Path) -> dict[str, float | str]:
    """What is told of each address, by a short name of it."""
    write_exports(folder)
    web = ThreadingHTTPServer(("127.0.0.1", 0), lambda *args: Files(*args, directory=str(folder)))
    threading.Thread(target=web.serve_forever, daemon=True).start()
    host = f"http://127.0.0.1:{web.server_port}"
    bucket = ThreadedMotoServer(port=free_port(), verbose=False)
    bucket.start()
    endpoint = "http://{}:{}".format(*bucket.get_host_and_port())
    signed = fill_bucket(endpoint, folder)
    names = ("a.csv", "a.csv.gz", "a.parquet", "a.parquet?signature=a-secret", "none.csv", "denied.csv?key=a-secret")
    answers = {name: told(f"{host}/{name}") for name in (*names, "twice.csv?key=a-secret", "a.xlsx")}
    answers["signed"] = told(signed)
    answers["no server"] = told(f"http://127.0.0.1:{free_port()}/a.csv")
    os.environ.update(KEYS, AWS_ENDPOINT_URL=endpoint)
    places = ("csv/a.csv", "csv.gz/a.csv.gz", "parquet/a.parquet", "parquet/*.parquet", "parquet/", "parquet")
    answers |= {f"s3 {place}": told(f"s3://shop/{place}") for place in (*places, "csv/none.csv", "none/*.csv")}
    answers["s3 no bucket"] = told("s3://nobody/a.csv")
    os.environ["AWS_ENDPOINT_URL_S3"] = host
    answers["s3 denied"] = told("s3://denied/a.csv")
    del os.environ["AWS_ACCESS_KEY_ID"]
    answers["s3 no keys"] = told("s3://denied/a.csv")
    bucket.stop()
    web.shutdown()
    return answers


if __name__ == "__main__":
    print("RESULT " + json.dumps(main(Path(sys.argv[1]))))
