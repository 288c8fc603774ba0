"""Merged cells of an .xlsx workbook, which its rows do not tell: the value stands in the first row, blanks below."""

import re
import zipfile
from html import unescape
from pathlib import PurePosixPath

_CHUNK = 1 << 20
_FIRST_CELL = re.compile(rb'<c r="([A-Z]+)(\d+)"')
_MERGED = re.compile(rb'<mergeCell ref="([A-Z]+)(\d+):([A-Z]+)(\d+)"')


def merged_cells(path: str) -> dict[str, list[tuple[int, int, int]]]:
    """The vertical merges of each sheet by its name: column, first row and last row, from 0 at its first cell in use.

    None in formats other than .xlsx.
    """
    if not zipfile.is_zipfile(path):
        return {}
    with zipfile.ZipFile(path) as archive:
        if "xl/workbook.xml" not in archive.namelist():
            return {}
        book = archive.read("xl/workbook.xml").decode("utf-8", "replace")
        relations = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
        targets = {
            _attribute(tag, "Id"): _attribute(tag, "Target") for tag in re.findall(r"<Relationship\b[^>]*>", relations)
        }
        sheets = {_attribute(tag, "name"): _attribute(tag, "r:id") for tag in re.findall(r"<sheet\b[^>]*>", book)}
        paths = {name: PurePosixPath("xl") / targets.get(relation, "") for name, relation in sheets.items()}
        places = {name: str(path).removeprefix("/") for name, path in paths.items()}
        return {name: _merges(archive, place) for name, place in places.items() if place in archive.namelist()}


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'\s{re.escape(name)}="([^"]*)"', tag)
    return unescape(found[1]) if found else ""


def _merges(archive: zipfile.ZipFile, place: str) -> list[tuple[int, int, int]]:
    """Read through the sheet once; merged cells stand behind its rows."""
    start: tuple[int, int] | None = None
    text = b""
    with archive.open(place) as sheet:
        while chunk := sheet.read(_CHUNK):
            text += chunk
            if start is None and (found := _FIRST_CELL.search(text)):
                start = _number(found[1]), int(found[2])
            if b"<mergeCells" not in text:
                text = text[-100:]
    column, row = start or (0, 1)
    merged = ((_number(left), int(first), int(last)) for left, first, _, last in _MERGED.findall(text))
    return [(left - column, first - row, last - row) for left, first, last in merged if last > first]


def _number(letters: bytes) -> int:
    """A column's number from 0: A, B, …, Z, AA."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1
