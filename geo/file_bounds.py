"""How much a file may unpack to, whatever it says of itself: what comes from outside must not fill the memory.

A packed megabyte can hold a gigabyte, and a library that reads it builds objects ten times as large. So what the
libraries would hold at once is counted first, by means that hold nothing; a file that is beyond it is refused whole.
"""

import gzip
import struct
from collections.abc import Callable, Iterator, Mapping
from io import BufferedReader
from pathlib import Path
from typing import Any, TypeVar
from xml.parsers import expat
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from pyarrow.parquet import ParquetFile

from geo.errors import UnreadableFile

MOST_COLUMNS = 200
MOST_ROWS = 20_000_000  # of a file that is read row by row
MOST_HELD = 200_000  # of a file whose rows are looked at together
MOST_COST = 160 << 20  # bytes, of these
LONGEST_CELL = 1 << 17  # characters, or bytes of a packed file: what the csv module takes
LONGEST_RECORD = 1 << 20  # characters
# About as many bytes are held of a file at once; a usual row of a dozen cells counts 2 kB
WEIGHT = 40 << 20

_UNPACKED_FREELY = 32 << 20  # bytes of a .gz, before it is asked how much was packed
_MOST_PACKED = 200  # to one; tables are packed ten to one, and a billion equal letters a thousand
_CHUNK = 1 << 16

_Row = TypeVar("_Row")


def too_large(what: str) -> UnreadableFile:
    return UnreadableFile("too_large", f"the file unpacks to more than is read: {what}")


# --- rows -----------------------------------------------------------------------------------------------------------


def weight(values: Mapping[str, str]) -> int:
    """About how many bytes a row of these values takes, and what is made of it."""
    return 200 + 120 * len(values) + 2 * sum(map(len, values.values()))


def batches(rows: Iterator[_Row], *, most: int, values: Callable[[_Row], Mapping[str, str]]) -> Iterator[list[_Row]]:
    """The rows in lists of at most so many, and of fewer where they are heavy."""
    batch: list[_Row] = []
    load = 0
    for row in rows:
        batch.append(row)
        load += weight(values(row))
        if len(batch) == most or load > WEIGHT:
            yield batch
            batch, load = [], 0
    if batch:
        yield batch


def held(rows: Iterator[_Row], cost: Callable[[_Row], int] = lambda _row: 0) -> Iterator[_Row]:
    """The same rows. Raises UnreadableFile where there are more than can be looked at together.

    ``cost`` is about how many bytes one takes as long as the others are read.
    """
    total = 0
    for number, row in enumerate(rows, start=1):
        total += cost(row)
        if number > MOST_HELD or total > MOST_COST:
            raise UnreadableFile(
                "too_many_rows",
                f"the file has more than {MOST_HELD:,} rows, or larger ones than are looked at together; split it",
            )
        yield row


# --- gzip -----------------------------------------------------------------------------------------------------------


class Unpacked(gzip.GzipFile):
    """A .gz that is read no further when it turns out to be little more than a promise."""

    def __init__(self, path: Path) -> None:
        self._packed = path.open("rb")
        super().__init__(fileobj=self._packed, mode="rb")

    def read1(self, size: int | None = -1) -> bytes:
        return self._bounded(super().read1(_CHUNK if size is None or size < 0 else size))

    def read(self, size: int | None = -1) -> bytes:
        return self._bounded(super().read(size))

    def readinto(self, buffer: Any) -> int:
        count = super().readinto(buffer)
        self._bounded(b"")
        return count

    def _bounded(self, data: bytes) -> bytes:
        if self.tell() > _UNPACKED_FREELY and self.tell() > _MOST_PACKED * self._packed.tell():
            raise too_large("packed beyond what tables are")
        return data

    def close(self) -> None:
        super().close()
        self._packed.close()


def open_bytes(path: Path) -> Unpacked | BufferedReader:
    """The file as bytes, unpacked where it is a .gz."""
    return Unpacked(path) if path.suffix == ".gz" else path.open("rb")


# --- Excel ----------------------------------------------------------------------------------------------------------

MOST_SHEET_ROWS = 1 << 19  # half of what Excel has: openpyxl keeps something of each
_MOST_PARTS = 1000
_SMALL, _MOST_SMALL = 1 << 20, 16 << 20  # bytes: of a part that is not looked into, of all of them
_LARGEST = {"worksheet": 1 << 30, "sst": 24 << 20}  # bytes
_MOST_STRINGS = 2_000_000  # elements of the table of strings; two for each
_MOST_OF_ROW = 20 * MOST_COLUMNS  # elements
_MOST_BESIDES = 100_000  # elements outside of rows


def check_workbook(path: Path) -> None:
    """Raises UnreadableFile where reading the workbook would take memory or time beyond reason; else what zipfile
    raises. Looks at what the parts unpack to, and of large ones at each element."""
    with ZipFile(path) as archive:
        parts = archive.infolist()
        if len(parts) > _MOST_PARTS or any(part.compress_type not in {ZIP_STORED, ZIP_DEFLATED} for part in parts):
            raise too_large("it is packed as no spreadsheet is")
        if sum(part.file_size for part in parts if part.file_size <= _SMALL) > _MOST_SMALL:
            raise too_large("its parts are too many")
        kinds = [_Part(archive, part).kind for part in parts]
        if kinds.count("sst") > 1:
            raise too_large("it has several tables of strings")


class _Part:
    """One part of a workbook, looked through without holding it. Of a small one no more than a sheet is looked at."""

    def __init__(self, archive: ZipFile, part: ZipInfo) -> None:
        self.kind = ""
        self._size, self._is_small = part.file_size, part.file_size <= _SMALL
        self._in_row = self._besides = self._rows = self._cells = self._depth = self._last = self._row_depth = 0
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartElementHandler = self._begin
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype
        fed = 0
        with archive.open(part) as unpacked:
            try:
                while chunk := unpacked.read(_CHUNK):
                    self._parser.Parse(chunk, False)
                    if self._is_small and self.kind not in {"", "worksheet"}:
                        return
                    fed += len(chunk)
                    if fed - self._last > LONGEST_CELL + _CHUNK:
                        raise too_large("a cell without end")
                self._parser.Parse(b"", True)
            except expat.ExpatError as error:
                if self._is_small and self.kind != "worksheet":
                    return  # a picture
                raise UnreadableFile("broken_file", "a large part of the workbook is no XML") from error

    def _begin(self, tag: str, attributes: Mapping[str, str]) -> None:
        at, before = self._parser.CurrentByteIndex, self._last
        self._last = at
        if at - before > LONGEST_CELL and not self._is_small:
            raise too_large("a cell without end")
        self._depth += 1
        name = tag.rpartition(" ")[2]
        if not self.kind:
            self._begin_part(name)
        elif self._is_small and self.kind != "worksheet":
            return
        elif self._depth > 20:
            raise too_large("nested beyond reason")
        elif self.kind == "sst":
            self._besides += 1
            if self._besides > _MOST_STRINGS:
                raise too_large("too many strings; save it as CSV")
        elif name == "row" and not self._row_depth:
            self._row_depth, self._in_row, self._cells = self._depth, 0, 0
            self._rows += 1
            if self._rows > MOST_SHEET_ROWS or len(attributes.get("r", "")) > 7:
                raise UnreadableFile("too_many_rows", "the sheet has more than half a million rows; save it as CSV")
        elif self._row_depth:
            self._in_row += 1
            self._cells += name == "c"
            # A column beyond ZZ, or said to be
            if self._cells > MOST_COLUMNS or (name == "c" and len(attributes.get("r", "").rstrip("0123456789")) > 2):
                raise UnreadableFile("too_many_columns", f"the sheet has more than {MOST_COLUMNS} columns")
            if self._in_row > _MOST_OF_ROW:
                raise too_large("a row without end")
        else:
            self._besides += 1
            if self._besides > _MOST_BESIDES:
                raise too_large("too much besides its rows")

    def _begin_part(self, name: str) -> None:
        if not self._is_small and self._size > _LARGEST.get(name, 0):
            raise too_large("too much besides its rows; save it as CSV")
        self.kind = name

    def _end(self, tag: str) -> None:
        if self._depth == self._row_depth:
            self._row_depth = 0
        self._depth -= 1

    def _refuse_doctype(self, *_: object) -> None:
        raise too_large("it defines entities")


# --- Parquet --------------------------------------------------------------------------------------------------------

_LARGEST_FOOTER = 2 << 20  # bytes
_LARGEST_CHUNK = 40 << 20  # bytes of one column in one group of rows, unpacked; reading takes four times that


def open_parquet(path: Path) -> ParquetFile:
    """Equal texts stay one text, and pages are read one by one. Raises UnreadableFile, else what pyarrow raises."""
    with path.open("rb") as file:
        file.seek(-8, 2)
        length, mark = struct.unpack("<I4s", file.read(8))
    if mark == b"PAR1" and length > _LARGEST_FOOTER:
        raise too_large("its description has no end")
    found = ParquetFile(path).metadata
    if found.num_columns > MOST_COLUMNS:
        raise UnreadableFile("too_many_columns", f"the file has more than {MOST_COLUMNS} columns")
    if found.num_rows > MOST_ROWS:
        raise UnreadableFile("too_many_rows", f"the file has more than {MOST_ROWS:,} rows")
    columns = [found.schema.column(n) for n in range(found.num_columns)]
    if any(column.max_repetition_level or column.length > LONGEST_CELL for column in columns):
        raise UnreadableFile("unknown_format", "a column holds lists; one value a cell is read")
    for group in range(found.num_row_groups):
        row_group = found.row_group(group)
        if any(row_group.column(n).total_uncompressed_size > _LARGEST_CHUNK for n in range(found.num_columns)):
            raise too_large("a column of one group of rows")
    texts = [column.path for column in columns if column.physical_type == "BYTE_ARRAY"]
    return ParquetFile(path, read_dictionary=texts, buffer_size=_CHUNK)
