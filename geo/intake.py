"""Files as they come from other systems: read line by line, every refused line listed with its reason."""

import csv
import io
import struct
import warnings
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from itertools import islice
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, TextIO
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

from charset_normalizer import from_bytes
from django.conf import settings
from django.utils import timezone
from openpyxl import Workbook, load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from pyarrow import ArrowException, RecordBatch
from pyarrow.compute import binary_length
from pyarrow.compute import max as longest
from pyarrow.types import is_binary, is_dictionary, is_large_string, is_string

from geo.errors import UnreadableFile as UnreadableFile
from geo.file_bounds import (
    LONGEST_CELL,
    LONGEST_RECORD,
    MOST_COLUMNS,
    MOST_ROWS,
    check_workbook,
    open_bytes,
    open_parquet,
    too_large,
)
from geo.models import ImportRun
from geo.phone_like import name_without_numbers

SAMPLE = 1 << 20  # bytes by which the encoding is told
MOST_LISTED = 100_000  # lines of a report
# What the readers say of a file that is cut off, altered, or not what its name says
DAMAGED = (
    ArrowException,
    BadZipFile,
    EOFError,
    IndexError,
    InvalidFileException,
    KeyError,
    OSError,
    ParseError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)


class Doing(StrEnum):
    """What an import is at, and how that reads behind a number of rows."""

    READING = "rows read"
    MATCHING = "rows read; finding out whose they are"
    STORING = "rows are new or changed; storing them"


@dataclass(frozen=True, slots=True)
class Step:
    """How far an import is."""

    doing: Doing
    rows: int

    def __str__(self) -> str:
        return f"{self.rows:,} {self.doing}"


Progress = Callable[[Step], None]


@dataclass(slots=True)  # not frozen: a million rows are made three times as fast
class Row:
    """One line of a table. ``line`` is what an editor shows (the header is line 1); ``broken`` says why not."""

    line: int
    values: dict[str, str] = field(default_factory=dict)
    broken: str = ""


def open_text(path: Path) -> TextIO:
    """The file as text, whatever wrote it: UTF-8 with or without BOM, UTF-16, GB 18030 (GBK), gzipped or not.

    Raises UnreadableFile("wrong_encoding") when it is none of these.
    """
    with open_bytes(path) as raw:
        head = raw.read(SAMPLE)
    encoding = _encoding(head)
    return io.TextIOWrapper(open_bytes(path), encoding=encoding, errors="surrogateescape", newline="")


def _encoding(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    # a few lines from elsewhere in a UTF-8 file are refused by themselves; hardly a line of GBK is valid UTF-8
    telling = [line for line in head.splitlines() if not line.isascii()]
    if not telling or sum(map(_is_utf8, telling)) * 2 > len(telling):
        return "utf-8-sig"
    guess = from_bytes(head, cp_isolation=["gb18030", "utf_16", "utf_16_le", "utf_16_be"]).best()
    if guess is None:
        raise UnreadableFile("wrong_encoding", "neither UTF-8, UTF-16 nor GB 18030")
    return guess.encoding


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def read_table(path: Path) -> Iterator[Row]:
    """The rows of a CSV (also .gz), Excel (.xlsx) or Parquet file, values as stripped text, empty for missing.

    A line with too many or too few fields, or with bytes that are not text, comes as a Row with ``broken``
    set; the lines after it are read on. Raises UnreadableFile when the whole file cannot be read.
    """
    try:
        yield from _read(path)
    except DAMAGED as error:
        raise UnreadableFile("broken_file", "the file is cut off, altered, or not what its name says") from error


def _read(path: Path) -> Iterator[Row]:
    suffix = path.name.removesuffix(".gz").rsplit(".", 1)[-1].lower()
    if suffix in {"csv", "txt", "tsv"}:
        return _read_csv(path, "\t" if suffix == "tsv" else ",")
    if suffix == "xlsx":
        return _read_excel(path)
    if suffix == "parquet":
        return _read_parquet(path)
    raise UnreadableFile("unknown_format", f"no reader for .{suffix}; CSV, Excel (.xlsx) and Parquet are read")


def _read_csv(path: Path, delimiter: str) -> Iterator[Row]:
    with open_text(path) as text:
        lines = _Lines(text)
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        header: list[str] = []
        while True:
            lines.held = 0
            if reader.line_num > MOST_ROWS:
                raise UnreadableFile("too_many_rows", f"the file has more than {MOST_ROWS:,} lines")
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                if not header:
                    raise UnreadableFile("no_header", "the first line cannot be read as names of columns") from None
                yield Row(reader.line_num, broken="broken_line")
                continue
            except UnicodeError:
                raise UnreadableFile("wrong_encoding", "the file changes its encoding midway") from None
            if not header:
                header = _columns(cells)
                continue
            if not cells:
                continue
            if len(cells) != len(header):
                yield Row(reader.line_num, broken="broken_line")
                continue
            try:
                # what surrogateescape makes of bytes outside the encoding is no text
                "".join(cells).encode()
            except UnicodeEncodeError:
                yield Row(reader.line_num, broken="wrong_encoding")
            else:
                yield Row(reader.line_num, dict(zip(header, map(str.strip, cells), strict=True)))


def _columns(cells: Iterable[str]) -> list[str]:
    """The names of the columns. Raises UnreadableFile where they are more than a table has."""
    names = [cell.strip() for cell in islice(cells, MOST_COLUMNS + 1)]
    if len(names) > MOST_COLUMNS:
        raise UnreadableFile("too_many_columns", f"the file has more than {MOST_COLUMNS} columns")
    return names


class _Lines:
    """The lines for the csv module, which is given what it refuses where a record of them has no end.

    ``held`` is how much of one it has been given; whoever takes a record from it sets that back.
    """

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self.held = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._text.readline(LONGEST_RECORD)
        if not line:
            raise StopIteration
        self.held += len(line)
        if len(line) == LONGEST_RECORD and not line.endswith(("\n", "\r")):
            while (rest := self._text.readline(LONGEST_RECORD)) and not rest.endswith(("\n", "\r")):
                pass
        elif self.held <= LONGEST_RECORD:
            return line
        return "x" * (csv.field_size_limit() + 1)


def _read_excel(path: Path) -> Iterator[Row]:
    sheet = open_workbook(path).worksheets[0]
    # What a sheet says of its size is not always so, and rows are filled up to it
    sheet.reset_dimensions()
    header: list[str] = []
    for line, cells in enumerate(_quietly(sheet.iter_rows(values_only=True)), start=1):
        values = [_text(cell) for cell in cells]
        if not header:
            header = _columns(values)
        elif any(values):
            values += [""] * (len(header) - len(values))
            yield Row(line, dict(zip(header, values, strict=False)))


def _quietly(rows: Iterator[tuple[object, ...]]) -> Iterator[tuple[object, ...]]:
    """The rows without openpyxl's warnings: a number in a column of dates would be quoted there."""
    while True:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            row = next(rows, None)
        if row is None:
            return
        yield row


def open_workbook(path: Path) -> Workbook:
    """The workbook, to be read row by row. Raises UnreadableFile, and what is in DAMAGED."""
    check_workbook(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return load_workbook(path, read_only=True, data_only=True, keep_links=False)


def _read_parquet(path: Path) -> Iterator[Row]:
    line = 1
    for batch in open_parquet(path).iter_batches(batch_size=2000):
        for values in rows_of(batch):
            line += 1
            yield Row(line, {key: _text(value) for key, value in values.items()})


def rows_of(batch: RecordBatch, *, longest_of: Mapping[str, int] = MappingProxyType({})) -> Iterator[dict[str, Any]]:
    """One row at a time: a text that stands in each of them is held once.

    Raises UnreadableFile for one that is longer than a cell, or than its column may have it.
    """
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        texts = column.dictionary if is_dictionary(column.type) else column
        is_text = is_string(texts.type) or is_binary(texts.type) or is_large_string(texts.type)
        if is_text and len(texts) and (longest(binary_length(texts)).as_py() or 0) > longest_of.get(name, LONGEST_CELL):
            raise too_large("a cell without end")
    for number in range(batch.num_rows):
        yield {name: column[number].as_py() for name, column in zip(batch.schema.names, batch.columns, strict=True)}


def _text(value: object) -> str:
    """A cell as text: whole numbers without a point (a phone number read as a float), dates as ISO."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    return str(value).strip()


def harmless_cell(text: str) -> str:
    """The text with a quote before it where a spreadsheet would take it for a formula.

    Also behind blanks, which it leaves out, and for the wide signs that Chinese keyboards type.
    """
    is_formula = text.lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
    return f"'{text}" if is_formula or text.startswith(("\t", "\r", "\n")) else text


def _harmless(detail: str) -> str:
    """No formula for the spreadsheet that opens the report, one line, of a length that a cell shows."""
    text = " ".join(detail.split())[:200]
    return harmless_cell(text)


class Report:
    """Counts what became of each row and lists the refused ones in a CSV file: line, reason, detail.

    Used as a context manager; `save()` writes the ImportRun. ``detail`` must never hold a personal value.
    """

    def __init__(self, kind: str, path: Path, source: str = "") -> None:
        # A file is sometimes named after the customer it is about
        self.kind, self.file_name, self.source = kind, name_without_numbers(path.name)[-200:], source
        self.started_at: datetime = timezone.now()
        self.listed = 0
        self.rows = self.created = self.merged = self.unchanged = 0
        self.reasons: Counter[str] = Counter()
        self.notes: Counter[str] = Counter()
        self.as_of: date | None = None
        self.made_at: datetime | None = None
        settings.REPORT_DIR.mkdir(parents=True, exist_ok=True)
        self.path: Path = settings.REPORT_DIR / f"{kind}-{self.started_at:%Y%m%dT%H%M%S%f}.csv"

    def __enter__(self) -> "Report":
        self._file = self.path.open("w", encoding="utf-8", newline="")
        self._csv = csv.writer(self._file)
        self._csv.writerow(["line", "reason", "detail"])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def refuse(self, line: int, reason: str, detail: str = "") -> None:
        self.reasons[reason] += 1
        self._list(line, reason, detail)

    def note(self, line: int, reason: str, detail: str = "") -> None:
        """The row was taken, but something in it was not: listed as "kept: reason", not counted as refused."""
        self.notes[reason] += 1
        self._list(line, f"kept: {reason}", detail)

    def tell(self, line: int | None, what: str, detail: str = "") -> None:
        """What the import made of a row, or found without one; listed and counted as a note, not as refused."""
        self.notes[what] += 1
        self._list(line, what, detail)

    def _list(self, line: int | None, what: str, detail: str) -> None:
        """One line; of a file of broken lines the list ends somewhere, and says so."""
        self.listed += 1
        if self.listed <= MOST_LISTED:
            self._csv.writerow([line, what, _harmless(detail)])
        elif self.listed == MOST_LISTED + 1:
            self._csv.writerow(["", "more", f"{MOST_LISTED:,} lines are listed, the others are counted only"])

    @property
    def refused(self) -> int:
        return self.reasons.total()

    def run(self) -> ImportRun:
        """The ImportRun as it stands, not stored."""
        return ImportRun(
            kind=self.kind, source=self.source, file_name=self.file_name, started_at=self.started_at, rows=self.rows,
            created=self.created, merged=self.merged, unchanged=self.unchanged, refused=self.refused,
            reasons=dict(self.reasons), notes=dict(self.notes), as_of=self.as_of, made_at=self.made_at,
            report=str(self.path),
        )  # fmt: skip

    def save(self) -> ImportRun:
        """The ImportRun, in the caller's transaction."""
        run = self.run()
        run.save()
        return run
