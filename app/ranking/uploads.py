"""An uploaded file: the one part ``file`` of a multipart body, written to disk while it comes."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from app.errors import ContractBroken
from app.exchange import Exchange
from app.violations import Violation
from model.sources import PARQUET_ENDINGS, TEXT_ENDINGS

FILE = "file"
FORM = "multipart/form-data"
PLACE = ("body", FILE)
LONGEST_NAME = 80


@dataclass(frozen=True)
class Upload:
    """A file of ours with what was sent, and what the caller calls it."""

    path: Path
    name: str


async def receive_file(exchange: Exchange, folder: Path, limit: int) -> Upload:
    """Write the file of a multipart body into ``folder``; never more of it than a piece is in memory.

    What is wrong with the form is told when the body has come: a browser that is refused before it has sent
    everything shows its user a broken connection.

    Raises
    ------
    BodyTooLarge, ClientGone
        See ``Exchange.pieces``.
    ContractBroken
        If the body is no multipart form, or has not exactly one part named ``file`` of a kind that can be read.
    """
    form = _Form(folder)
    try:
        parser = _parser(exchange.header(b"content-type") or "", form)
        async for piece in exchange.pieces(limit):
            parser.write(piece)
        parser.finalize()
    except FormParserError as error:
        raise _unreadable(str(error)) from None
    finally:
        form.close()
    return form.upload()


@dataclass
class _Form:
    """What a parser has seen of a form so far."""

    folder: Path
    violations: list[Violation] = field(default_factory=list)
    headers: dict[bytes, bytes] = field(default_factory=dict)
    header: tuple[bytearray, bytearray] = field(default_factory=lambda: (bytearray(), bytearray()))
    received: Upload | None = None
    is_whole: bool = False
    _file: BinaryIO | None = None

    def begin_part(self) -> None:
        self.headers = {}

    def end_header(self) -> None:
        name, value = self.header
        self.headers[bytes(name).lower()] = bytes(value)
        self.header = bytearray(), bytearray()

    def end_headers(self) -> None:
        """Open the file where this part is one."""
        _, options = parse_options_header(self.headers.get(b"content-disposition"))
        part, name = (options.get(key, b"").decode(errors="replace") for key in (b"name", b"filename"))
        if part != FILE:
            rule = "the form has one part, named 'file'; options belong into the address, after the ?"
            self.violations.append(Violation.of(("body", part[:LONGEST_NAME]), rule, part))
        elif self.received is not None:
            self.violations.append(Violation.of(PLACE, "only one file can be ranked at a time", name))
        elif (ending := _ending(name)) is None:
            self.violations.append(Violation.of(PLACE, READABLE, name))
        else:
            self.received = Upload(self.folder / f"orders{ending}", name[-LONGEST_NAME:])
            self._file = self.received.path.open("wb")

    def write(self, data: bytes, start: int, end: int) -> None:
        if self._file is not None:
            self._file.write(data[start:end])

    def close(self) -> None:
        """The end of a part, or of everything."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def end(self) -> None:
        self.is_whole = True

    def upload(self) -> Upload:
        """The file; raises ContractBroken with all that is wrong."""
        if not self.is_whole:
            raise _unreadable("it ends before its last boundary")
        if self.violations:
            raise ContractBroken(self.violations)
        if self.received is None:
            raise ContractBroken([Violation.missing(PLACE)])
        if self.received.path.stat().st_size == 0:
            raise ContractBroken([Violation.of(PLACE, "a file needs order lines, and it is empty", self.received.name)])
        return self.received


# Old workbooks (.xls, .ods) cannot be judged before they are in memory.
ENDINGS = (*TEXT_ENDINGS, *PARQUET_ENDINGS, ".xlsx", ".xlsm")
READABLE = "a file must be CSV (.csv, .tsv, .txt; also .gz and .zst), Parquet (.parquet) or a workbook (.xlsx)"


def _ending(name: str) -> str | None:
    return next((ending for ending in ENDINGS if name.lower().endswith(ending)), None)


def _parser(content_type: str, form: _Form) -> MultipartParser:
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if not boundary:
        raise _unreadable("its Content-Type names no boundary")
    name, value = 0, 1
    return MultipartParser(
        boundary,
        {
            "on_part_begin": form.begin_part,
            "on_header_field": lambda data, start, end: form.header[name].extend(data[start:end]),
            "on_header_value": lambda data, start, end: form.header[value].extend(data[start:end]),
            "on_header_end": form.end_header,
            "on_headers_finished": form.end_headers,
            "on_part_data": form.write,
            "on_part_end": form.close,
            "on_end": form.end,
        },
    )


def _unreadable(reason: str) -> ContractBroken:
    rule = "the body must be multipart/form-data, as browsers and curl -F write it"
    message = f"the form cannot be read: {reason}"
    return ContractBroken([Violation(loc=("body",), msg=message, rule=rule, value=None)])
