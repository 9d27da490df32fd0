"""Files that are made to hurt who reads them, written without holding them."""

import csv
import gzip
import io
import json
import random
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

MEGABYTE = 1 << 20
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"

Pieces = Iterable[bytes]


def repeated(piece: bytes, size: int) -> Iterator[bytes]:
    """So many bytes, or a few more, a megabyte at a time."""
    block = piece * max(1, MEGABYTE // len(piece))
    for _ in range(max(1, size // len(block))):
        yield block


def write(path: Path, pieces: Pieces) -> Path:
    with gzip.open(path, "wb", compresslevel=9) if path.suffix == ".gz" else path.open("wb") as file:
        for piece in pieces:
            file.write(piece)
    return path


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    return text.getvalue().encode()


def workbook(path: Path, sheet: Pieces, strings: Pieces = (), *, beside: Sequence[tuple[str, bytes]] = ()) -> Path:
    """A workbook of one sheet, whose XML and whose table of strings are these pieces."""
    parts: list[tuple[str, Pieces]] = [
        ("[Content_Types].xml", [_content_types()]),
        ("_rels/.rels", [_relations(("officeDocument", "xl/workbook.xml"))]),
        ("xl/workbook.xml", [
            f'<workbook xmlns="{_SHEET}" xmlns:r="{_OFFICE}"><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets>'
            "</workbook>".encode()
        ]),
        ("xl/_rels/workbook.xml.rels", [_relations(("worksheet", "worksheets/a.xml"), ("sharedStrings", "s.xml"))]),
        ("xl/worksheets/a.xml", sheet),
        ("xl/s.xml", strings or [f'<sst xmlns="{_SHEET}"/>'.encode()]),
        *((name, [content]) for name, content in beside),
    ]  # fmt: skip
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, pieces in parts:
            with archive.open(name, "w", force_zip64=True) as part:
                for piece in pieces:
                    part.write(piece)
    return path


def _content_types() -> bytes:
    named = (("/xl/workbook.xml", "sheet.main"), ("/xl/worksheets/a.xml", "worksheet"), ("/xl/s.xml", "sharedStrings"))
    parts = "".join(f'<Override PartName="{name}" ContentType="{_TYPE}.{kind}+xml"/>' for name, kind in named)
    return (
        f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f"{parts}</Types>"
    ).encode()


def _relations(*targets: tuple[str, str]) -> bytes:
    inner = "".join(
        f'<Relationship Id="r{n}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, start=1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{inner}</Relationships>'.encode()


def sheet(rows: Iterable[Sequence[str]], between: Pieces = (), *, before: bytes = b"") -> Iterator[bytes]:
    """A sheet with these rows, the first before the pieces and the others behind them."""
    yield before + f'<worksheet xmlns="{_SHEET}"><sheetData>'.encode()
    for number, row in enumerate(rows):
        if number == 1:
            yield from between
        cells = "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in row)
        yield f"<row>{cells}</row>".encode()
    yield b"</sheetData></worksheet>"


def parquet(path: Path, columns: dict[str, list[str]], *, times: int = 1, groups: int = 1) -> Path:
    """A table whose rows are written so many times; of equal texts it holds one."""
    rows = pa.table({name: pa.array(values * times) for name, values in columns.items()})
    with pq.ParquetWriter(path, rows.schema, compression="zstd") as writer:
        for _ in range(groups):
            writer.write_table(rows)
    return path


def features(found: Iterable[dict[str, object]], between: Pieces = ()) -> Iterator[bytes]:
    """A collection of features: the first, the pieces, which bring their own comma, and the others."""
    yield b'{"type": "FeatureCollection", "features": ['
    for number, feature in enumerate(found):
        if number == 1:
            yield b", "
            yield from between
        elif number:
            yield b", "
        yield json.dumps(feature, ensure_ascii=False).encode()
    yield b"]}"


def noise(size: int) -> Iterator[bytes]:
    draw = random.Random(5)
    for _ in range(max(1, size // MEGABYTE)):
        yield draw.randbytes(MEGABYTE)


class Upload(io.RawIOBase):
    """A multipart body with one file and some fields, read as the web server would hand it over."""

    BOUNDARY = "----bombs"

    def __init__(self, path: Path, fields: dict[str, str]) -> None:
        super().__init__()
        head = "".join(
            f'--{self.BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        )
        head += (
            f'--{self.BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{path.name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        self._parts: list[IO[bytes]] = [
            io.BytesIO(head.encode()), path.open("rb"), io.BytesIO(f"\r\n--{self.BOUNDARY}--\r\n".encode()),
        ]  # fmt: skip
        self.length = sum(self._size(part) for part in self._parts)

    @staticmethod
    def _size(part: IO[bytes]) -> int:
        size = part.seek(0, io.SEEK_END)
        part.seek(0)
        return size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while self._parts:
            if data := self._parts[0].read(len(buffer)):
                buffer[: len(data)] = data
                return len(data)
            self._parts.pop(0).close()
        return 0
