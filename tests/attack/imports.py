"""Files that are made to hurt: every import, by its command and by the admin's upload, in bounded memory.

A child process reads each file; the kernel says how far its memory grew at most (VmHWM, set back before each file).
A file is loaded with exactly the rows that are good, each other one in the report with its line and reason; or it is
refused, and then nothing of it is in any table. The database is a scratch one with the product's migrations.

Twins with a planted bug must be seen. Nothing passes on too few files.
"""

import argparse
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

from tests.attack import bombs
from tests.attack.verdict import NotHeld, demand, line, verdict
from tests.chaos.scratch import CHECKOUT, REAL, checkouts_database, scratch

PHONE = "15400001234"
MEGABYTE = 1 << 20
MOST = 300 * MEGABYTE
BROKEN = "broken_line"


@dataclass(frozen=True, slots=True)
class Size:
    """Of a run: the long one, or the short form of CI."""

    bomb: int  # bytes of a line, a cell, or what a small file unpacks to
    columns: int
    lines: int  # of one record
    full: Sequence[str]  # kinds that get every file; the others those of EACH
    uploads: Sequence[str]  # kinds that are also brought through the admin
    least: int  # files


KINDS = ("members", "purchases", "service_events", "products", "consents", "communities", "employees", "regions")
EACH = ("a line without end", "long rows without end", "packed rows without end", "a formula in a table", "gbk",
        "utf-16", "a table that is cut off", "a million columns", "a workbook: a cell without end")  # fmt: skip
HELD = ("products", "communities", "employees")  # their rows are looked at together
LONG = Size(1 << 30, 1_000_000, 25_000_000, KINDS, KINDS, 400)
SHORT = Size(110 * MEGABYTE, 1_000_000, 400_000, ("members", "regions"), ("members",), 100)


@dataclass(slots=True)
class Case:
    """One file for one kind. ``reasons``: the file is refused with one of these; else so many rows are created
    and the ``refused`` lines are in the report, {line: reason}, and ``many`` says that there are more of them."""

    kind: str
    name: str
    path: str = ""
    way: str = "command"
    created: int = 2
    refused: dict[int, str] = field(default_factory=dict)
    many: bool = False
    reasons: list[str] = field(default_factory=list)
    planted: str = ""


# --- The files ------------------------------------------------------------------------------------------------------


def header(kind: str) -> list[str]:
    return {
        "members": ["key", "phone", "name", "address"],
        "purchases": ["key", "phone", "model", "bought_on"],
        "service_events": ["key", "phone", "kind", "happened_on"],
        "products": ["model", "category", "name", "brand"],
        "consents": ["phone", "channel", "given", "said_at"],
        "communities": ["key", "name", "city", "address"],
        "employees": ["employee_no", "name", "role", "region"],
    }[kind]


def row(kind: str, case: int, number: int, text: str = "") -> list[str]:
    """A good one that no other file has; ``text`` is taken up where the kind has room for one."""
    own = f"{case}-{number}"
    said = datetime(2015, 1, 1) + timedelta(seconds=3000 * case + number)
    return {
        "members": [own, f"154{case:05}{number:03}", "孙先生", text or "海澄市银杏园3号楼"],
        "purchases": [own, PHONE, text or "HC-1", "2020-05-06"],
        "service_events": [own, PHONE, text or "维修", "2024-03-08"],
        "products": [f"BCD-{own}", text or "fridge", "大容量", "海澄"],
        "consents": [PHONE, text or "sms", "yes", f"{said:%Y-%m-%d %H:%M:%S}"],
        "communities": [own, text or f"银杏园{own}期", "海澄市", "人民路"],
        "employees": [f"E{own}", text or "孙一", "salesperson", "990100"],
    }[kind]  # fmt: skip


# What a cell that begins with a formula leads to
FORMULA = "=cmd|' /C calc'!A0"
OF_FORMULA = {
    "purchases": "unknown_product", "service_events": "bad_kind", "products": "bad_category",
    "consents": "bad_channel",
}  # fmt: skip


def feature(case: int, number: int, **more: object) -> dict[str, object]:
    x = 120 + number * 0.01
    square = [[[x, 36], [x + 0.01, 36], [x + 0.01, 36.01], [x, 36.01], [x, 36]]]
    properties = {"code": f"A{case}-{number}", "name": "垂柳街道", "level": "area", "parent": "990100", **more}
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": square}}


class Files:
    """Writes them one by one into a folder; each goes when it was read."""

    def __init__(self, folder: Path, size: Size) -> None:
        self.folder, self.size = folder, size
        self.number = 0

    def _path(self, ending: str) -> Path:
        return self.folder / f"bomb{self.number}{ending}"

    def of(self, kind: str) -> Iterator[tuple[Case, Callable[[], Path]]]:
        yield from self._of_regions() if kind == "regions" else self._of_table(kind)

    def _of_table(self, kind: str) -> Iterator[tuple[Case, Callable[[], Path]]]:
        size, first = self.size.bomb, header(kind)
        has_encodings = [("utf-8-sig", ""), ("gb18030", ""), ("gbk", ""), ("utf-16", ""), ("utf-8", ".gz")]

        def text(*rows: Sequence[str]) -> bytes:
            return bombs.table(first, rows)

        def good(number: int) -> list[str]:
            return row(kind, self.number, number)

        def around(*pieces: bombs.Pieces, ending: str = ".csv") -> Callable[[], Path]:
            def make() -> Path:
                between = (part for piece in pieces for part in piece)
                tail = text(good(2)).split(b"\n", 1)[1]
                return bombs.write(self._path(ending), self._chain(text(good(1)), between, tail))

            return make

        def encoded(encoding: str) -> bytes:
            return text(good(1), good(2)).decode().encode(encoding)

        def plain(content: Callable[[], bytes], ending: str = ".csv") -> Callable[[], Path]:
            return lambda: bombs.write(self._path(ending), [content()])

        yield self._case(kind, "a line without end", refused={3: BROKEN}), around(bombs.repeated(b"x", size), [b"\n"])
        yield (
            self._case(kind, "a line without end, of cells", refused={3: BROKEN}),
            around(bombs.repeated(b"12345,", size), [b"\n"]),
        )
        yield (
            self._case(kind, "a first line without end", reasons=["no_header"]),
            lambda: bombs.write(
                self._path(".csv"), self._chain(b"", bombs.repeated(b"x", size), b"\n" + text(good(1)))
            ),
        )
        yield self._case(
            kind, "a record over lines without end", created=-1, many=True,
            reasons=["too_many_rows"] if self.size.lines > 20_000_000 else [],
        ), around([b'"'], bombs.repeated(b'\n","', 4 * self.size.lines), [b'"\n'])  # fmt: skip
        yield (
            self._case(kind, "a million columns", reasons=["no_header", "too_many_columns"]),
            plain(
                lambda: (
                    b",".join(b"c%d" % n for n in range(self.size.columns)) + b"\n" + b"1," * self.size.columns + b"\n"
                )
            ),
        )
        yield (
            self._case(kind, "three hundred columns", reasons=["too_many_columns"]),
            plain(lambda: bombs.table([*first, *(f"c{n}" for n in range(300))], [[*good(1), *["x"] * 300]])),
        )
        yield (
            self._case(kind, "a row of a million cells", refused={3: BROKEN}),
            around([b"," * self.size.columns, b"\n"]),
        )
        if kind in HELD:
            yield self._case(kind, "more rows than are held", reasons=["too_many_rows"]), lambda: bombs.write(
                self._path(".csv"), (text(*(row(kind, self.number, n + 1000 * k) for n in range(1000)))[
                    len(text()) if k else 0 :] for k in range(250))
            )  # fmt: skip
        yield (
            self._case(
                kind,
                "long rows without end",
                many=True,
                reasons=self._of_products(kind, large=size > 100 * MEGABYTE),
            ),
            lambda: self._long_rows(kind, good),
        )
        yield (
            self._case(kind, "a packed line without end", reasons=["too_large"]),
            around(bombs.repeated(b"x", size), ending=".csv.gz"),
        )
        yield (
            self._case(kind, "packed rows without end", reasons=["too_large"]),
            around(bombs.repeated(b",,," + b" " * 2000 + b"\n", size), ending=".csv.gz"),
        )
        yield (
            self._case(kind, "noise", reasons=["wrong_encoding", "broken_file", "no_header"]),
            lambda: bombs.write(self._path(".csv"), bombs.noise(size // 16)),
        )
        for encoding, packed in has_encodings:
            yield (
                self._case(kind, f"{encoding}{packed}"),
                plain(partial(encoded, encoding), f".csv{packed}"),
            )
        yield (
            self._case(
                kind,
                "a byte of nothing in the midst of UTF-8",
                refused={3: BROKEN, 4: BROKEN, 5: BROKEN, 6: "wrong_encoding"},
            ),
            around(
                [
                    b"\n".join(["孙先生".encode()] * 3),
                    "\n孙先生,孙先生,\udcff孙,先生\n".encode("utf-8", "surrogateescape"),
                ]
            ),
        )
        yield (
            self._case(kind, "a table that is cut off", reasons=["broken_file"]),
            lambda: self._cut_off(kind, text(*(row(kind, self.number, n) for n in range(40_000)))),
        )
        yield self._formula(kind), plain(lambda: text(good(1), row(kind, self.number, 2, f"{FORMULA}{self.number}")))
        yield from self._of_workbook(kind, good)
        yield from self._of_parquet(kind, good)

    def _of_workbook(self, kind: str, good: Callable[[int], list[str]]) -> Iterator[tuple[Case, Callable[[], Path]]]:
        size, first = self.size.bomb, header(kind)

        def book(between: Callable[[], bombs.Pieces] = list, **more: Any) -> Callable[[], Path]:
            return lambda: bombs.workbook(
                self._path(".xlsx"), bombs.sheet([first, good(1), good(2)], between(), before=more.pop("before", b"")),
                **more,
            )  # fmt: skip

        cell = b'<c t="inlineStr"><is><t>1</t></is></c>'
        too_large = ["too_large"]
        yield self._case(kind, "a workbook"), book()
        yield (
            self._case(kind, "a workbook: a cell without end", reasons=too_large),
            book(
                lambda: self._chain(
                    b'<row><c t="inlineStr"><is><t>', bombs.repeated(b"x", size), b"</t></is></c></row>"
                )
            ),
        )
        yield (
            self._case(kind, "a workbook: a tag without end", reasons=too_large),
            book(lambda: self._chain(b'<row spans="', bombs.repeated(b"x", size), b'"></row>')),
        )
        yield (
            self._case(kind, "a workbook: a million columns", reasons=["too_many_columns"]),
            book(lambda: self._chain(b"<row>", bombs.repeated(cell, self.size.columns * len(cell)), b"</row>")),
        )
        yield (
            self._case(kind, "a workbook: rows far apart", reasons=["too_many_rows"]),
            book(lambda: [b'<row r="99999999999"><c><v>1</v></c></row>']),
        )
        yield (
            self._case(kind, "a workbook: a column far out", reasons=["too_many_columns"]),
            book(lambda: [b'<row><c r="XFD2"><v>1</v></c></row>']),
        )
        yield (
            self._case(kind, "a workbook: rows without end", reasons=["too_many_rows", "too_large"]),
            book(lambda: bombs.repeated(b"<row/>", size)),
        )
        yield (
            self._case(kind, "a workbook: other things without end", reasons=too_large),
            book(lambda: bombs.repeated(b"<x/>", size)),
        )
        yield self._case(kind, "a workbook: strings without end", reasons=too_large), book(
            strings=self._chain(
                b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">',
                bombs.repeated(b"<si><t>xy</t></si>", size), b"</sst>",
            )
        )  # fmt: skip
        strings = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        yield (
            self._case(kind, "a workbook: as many strings as are read"),
            book(
                strings=self._chain(
                    strings, bombs.repeated(b"<si><t>xyxyxyxy</t></si>", min(22 * MEGABYTE, size // 40)), b"</sst>"
                )
            ),
        )
        yield (
            self._case(
                kind, "a workbook: as many rows as are read", created=-1, many=True, reasons=self._of_held(kind)
            ),
            book(lambda: bombs.repeated(b"<row><c><v>1</v></c></row>", 26 * min(520_000, self.size.lines // 10))),
        )
        entities = b'<!DOCTYPE a [<!ENTITY b "xxxxxxxxxx">' + b"".join(
            b'<!ENTITY b%d "%s">' % (n, b"&b%d;" % (n - 1) * 10 if n else b"&b;" * 10) for n in range(9)
        ) + b"]>"  # fmt: skip
        yield (
            self._case(kind, "a workbook: entities in each other", reasons=too_large),
            book(lambda: [b'<row><c t="str"><v>&b8;</v></c></row>'], before=entities),
        )
        yield (
            self._case(kind, "a workbook: many parts", reasons=too_large),
            book(beside=[(f"x{n}", b"") for n in range(2000)]),
        )
        yield (
            self._case(kind, "a workbook: a large part", reasons=[*too_large, "broken_file"]),
            book(beside=[("xl/styles.xml", b" " * (64 * MEGABYTE))]),
        )
        yield (
            self._formula(kind, "a workbook"),
            lambda: bombs.workbook(
                self._path(".xlsx"), bombs.sheet([first, good(1), row(kind, self.number, 2, f"{FORMULA}{self.number}")])
            ),
        )

    def _of_parquet(self, kind: str, good: Callable[[int], list[str]]) -> Iterator[tuple[Case, Callable[[], Path]]]:
        size, first = self.size.bomb, header(kind)

        def columns(*rows: Sequence[str]) -> dict[str, list[str]]:
            return {name: [found[n] for found in rows] for n, name in enumerate(first)}

        yield self._case(kind, "Parquet"), lambda: bombs.parquet(self._path(".parquet"), columns(good(1), good(2)))
        yield (
            self._case(
                kind,
                "Parquet: equal texts without end",
                created=0,
                many=True,
                reasons=self._of_products(kind, large=size > 160 * MEGABYTE),
            ),
            lambda: bombs.parquet(
                self._path(".parquet"),
                columns([""] * len(first)) | {"more": ["x" * 100_000]},
                times=size // 100_000,
            ),
        )
        yield (
            self._case(kind, "Parquet: a cell without end", reasons=["too_large"]),
            lambda: bombs.parquet(
                self._path(".parquet"), columns(good(1)) | {"more": ["x" * min(size, 512 * MEGABYTE)]}
            ),
        )
        yield (
            self._case(kind, "Parquet: a cell that is just unpacked", reasons=["too_large"]),
            lambda: bombs.parquet(self._path(".parquet"), columns(good(1)) | {"more": ["x" * (38 * MEGABYTE)]}),
        )
        yield (
            self._case(kind, "Parquet: cells too long", reasons=["too_large"]),
            lambda: bombs.parquet(self._path(".parquet"), columns(good(1)) | {"more": ["x" * 200_000]}, times=200),
        )
        yield (
            self._case(kind, "Parquet: a million columns", reasons=["too_large", "too_many_columns"]),
            (
                lambda: bombs.parquet(
                    self._path(".parquet"), columns(good(1)) | {f"c{n}": ["x"] for n in range(self.size.columns // 50)}
                )
            ),
        )

    def _of_regions(self) -> Iterator[tuple[Case, Callable[[], Path]]]:
        kind, size = "regions", self.size.bomb

        def both(between: Callable[[], bombs.Pieces] = list, ending: str = ".geojson") -> Callable[[], Path]:
            return lambda: bombs.write(
                self._path(ending),
                bombs.features([feature(self.number, 1), feature(self.number, 2)], between()),
            )

        def encoded(encoding: str) -> Callable[[], Path]:
            def make() -> Path:
                content = b"".join(bombs.features([feature(self.number, 1), feature(self.number, 2)]))
                return bombs.write(self._path(".geojson"), [content.decode().encode(encoding)])

            return make

        too_large = ["too_large"]
        yield (
            self._case(kind, "a feature without end", reasons=too_large),
            both(lambda: self._chain(b'{"properties": {"name": "', bombs.repeated(b"x", size), b'"}}, ')),
        )
        yield (
            self._case(kind, "a boundary without end", reasons=too_large),
            both(lambda: self._chain(b'{"geometry": {"coordinates": [', bombs.repeated(b"[],", size), b"[]]}}, ")),
        )
        yield (
            self._case(kind, "brackets without end", reasons=[*too_large, "broken_file"]),
            both(lambda: bombs.repeated(b"[", size)),
        )
        yield self._case(kind, "blanks without end", reasons=[], created=2), both(lambda: bombs.repeated(b" ", size))
        yield (
            self._case(kind, "a million properties", refused={2: BROKEN}),
            both(
                lambda: self._chain(
                    b'{"properties": {',
                    b",".join(b'"c%d":1' % n for n in range(self.size.columns // 4)).split(b"~"),
                    b"}}, ",
                )
            ),
        )
        yield (
            self._case(kind, "features without end", reasons=["too_many_rows"]),
            both(lambda: bombs.repeated(b'{"properties": {"code": ""}}, ', size)),
        )
        yield (
            self._case(kind, "packed features without end", reasons=[*too_large, "too_many_rows"]),
            both(lambda: bombs.repeated(b'{"properties": {"code": ""}}, ', size), ".geojson.gz"),
        )
        yield (
            self._case(kind, "packed blanks without end", reasons=too_large),
            both(lambda: bombs.repeated(b" ", size), ".geojson.gz"),
        )
        for encoding in ("utf-8-sig", "gb18030", "utf-16"):
            yield self._case(kind, encoding), encoded(encoding)
        yield (
            self._case(kind, "a formula"),
            lambda: bombs.write(
                self._path(".geojson"),
                bombs.features([feature(self.number, 1), feature(self.number, 2, name=FORMULA)]),
            ),
        )
        yield (
            self._case(kind, "a formula that is refused", created=1, refused={2: "too_long"}),
            lambda: bombs.write(
                self._path(".geojson"),
                bombs.features([feature(self.number, 1), feature(self.number, 2, code=f"{FORMULA}{'x' * 40}")]),
            ),
        )
        yield (
            self._case(kind, "noise", reasons=["wrong_encoding", "broken_file"]),
            lambda: bombs.write(self._path(".geojson"), bombs.noise(size // 16)),
        )

    def _case(self, kind: str, name: str, **more: Any) -> Case:
        self.number += 1
        return Case(kind, name, **more)

    def _formula(self, kind: str, where: str = "a table") -> Case:
        reason = OF_FORMULA.get(kind)
        return self._case(
            kind, f"a formula in {where}", created=1 if reason else 2, refused={3: reason} if reason else {}
        )

    def _long_rows(self, kind: str, good: Callable[[int], list[str]]) -> Path:
        """Rows as long as a line may be, of which none is good; together as large as the bomb."""
        first = [*header(kind), *(f"c{n}" for n in range(7))]
        bad = ",".join(["", "", "", "", *["x" * 100_000] * 7]).encode() + b"\n"
        ends = [bombs.table(first, [[*good(1), *[""] * 7]]), bombs.table(first, [[*good(2), *[""] * 7]])]
        lines = bombs.repeated(bad, self.size.bomb)
        return bombs.write(self._path(".csv"), self._chain(ends[0], lines, ends[1].split(b"\n", 1)[1]))

    def _of_held(self, kind: str) -> list[str]:
        return ["too_many_rows"] if kind in HELD and self.size.lines > 10 * 200_000 else []

    @staticmethod
    def _of_products(kind: str, *, large: bool) -> list[str]:
        """All that a file of products says is looked at together, so its size is bounded as well as its rows."""
        return ["too_many_rows"] if kind == "products" and large else []

    def _cut_off(self, kind: str, content: bytes) -> Path:
        path = bombs.write(self._path(".csv.gz"), [content])
        os.truncate(path, path.stat().st_size * 3 // 4)
        return path

    @staticmethod
    def _chain(begin: bytes, between: bombs.Pieces, end: bytes) -> Iterator[bytes]:
        yield begin
        yield from between
        yield end


# --- Who reads them, in a process of its own ------------------------------------------------------------------------


def _status(name: str) -> int:
    """Bytes, by the kernel."""
    found = re.search(rf"^{name}:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert found
    return int(found[1]) * 1024


class Reader:
    """Reads the files that it is told of on standard input, and says what became of each."""

    ASKED: Mapping[str, dict[str, str]] = {
        "regions": {"crs": "wgs84"},
        "communities": {"site": "ours", "crs": "wgs84"},
        "employees": {"partial": "on"},
        **{kind: {"system": "crm"} for kind in ("members", "purchases", "service_events", "consents")},
    }
    OPTIONS: Mapping[str, dict[str, Any]] = {
        "regions": {"crs": "wgs84"},
        "communities": {"source": "ours", "crs": "wgs84"},
        "employees": {"partial": True},
        **{kind: {"system": "crm"} for kind in ("members", "purchases", "service_events", "consents")},
    }

    def __init__(self) -> None:
        from django.test import Client

        from geo.models import Community, Region
        from members.models import Consent, Member, Product, Purchase, ServiceEvent, SourceRecord
        from salesapp.staff.models import Employee

        self.client = Client(SERVER_NAME="127.0.0.1", headers={"Accept-Language": "en"})
        self.client.force_login(Employee.objects.get(employee_no="root"))
        self.tables: dict[str, list[Any]] = {
            "members": [Member, SourceRecord], "purchases": [Purchase], "service_events": [ServiceEvent],
            "products": [Product], "consents": [Consent], "communities": [Community], "employees": [Employee],
            "regions": [Region],
        }  # fmt: skip

    def warm_up(self, kind: str, folder: Path) -> None:
        """What libraries and caches take is not the file's."""
        files = Files(folder, SHORT)
        files.number = 50_000
        for case, make in files.of(kind):
            if case.name in {"utf-8-sig", "gb18030", "a workbook", "Parquet"}:
                case.path = str(make())
                for case.way in ("command", "upload"):
                    self.read(case)
        self.base = _status("VmRSS")

    def read(self, case: Case) -> dict[str, Any]:
        before = self._counts(case.kind)
        Path("/proc/self/clear_refs").write_text("5")
        began = time.monotonic()
        reason, found = (self._by_upload if case.way == "upload" else self._by_command)(case)
        seconds = time.monotonic() - began
        growth = _status("VmHWM") - getattr(self, "base", 0)
        told: dict[str, Any] = {"reason": reason, "growth": growth, "seconds": seconds}
        after = self._counts(case.kind)
        return told | {"grown": [now - was for now, was in zip(after, before, strict=True)], **(found or {})}

    def _counts(self, kind: str) -> list[int]:
        return [model.objects.count() for model in self.tables[kind]]

    def _by_command(self, case: Case) -> tuple[str, dict[str, Any] | None]:
        from django.core.management import CommandError, call_command

        from geo.models import ImportRun

        last = ImportRun.objects.order_by("-id").values_list("id", flat=True).first()
        out = io.StringIO()
        try:
            call_command(
                f"import_{case.kind}", case.path, **self.OPTIONS.get(case.kind, {}), stdout=out, stderr=io.StringIO()
            )
        except CommandError as error:
            demand("a refused file left a run", not ImportRun.objects.filter(id__gt=last or 0).exists())
            return str(getattr(error.__context__, "reason", "") or error.__context__ or error), None
        return "", self._report(ImportRun.objects.latest("id"))

    def _by_upload(self, case: Case) -> tuple[str, dict[str, Any] | None]:
        from members.actions.move_import import move_import
        from members.actions.work_on_import import work_on_import
        from members.import_kinds import KINDS as IMPORTS
        from members.models import FileImport
        from members.uploads import private_folder

        state = FileImport.State
        body = bombs.Upload(Path(case.path), self.ASKED.get(case.kind, {}))
        last = FileImport.objects.order_by("-id").values_list("id", flat=True).first() or 0
        answer = self.client.request(
            **{
                "PATH_INFO": "/admin/members/fileimport/add/", "QUERY_STRING": f"kind={case.kind}",
                "REQUEST_METHOD": "POST", "wsgi.input": io.BufferedReader(body), "CONTENT_LENGTH": str(body.length),
                "CONTENT_TYPE": f"multipart/form-data; boundary={body.BOUNDARY}",
            }
        )  # fmt: skip
        found = FileImport.objects.filter(id__gt=last).first()
        if answer.status_code == 200 and found is None:
            demand("a file that was not taken lies on the disk", not list(private_folder().iterdir()))
            return "form", None
        demand(f"the upload was answered with {answer.status_code}", answer.status_code == 302 and found is not None)
        assert found
        try:
            for to, ready in ((None, state.NAMING), (state.CHECKING, state.CHECKED), (state.LOADING, state.DONE)):
                if to is not None:
                    named = {name: name for name in found.columns if name in IMPORTS[case.kind].fields}
                    named |= found.fields
                    move_import(import_id=found.pk, to=to, fields=named if to == state.CHECKING else None)
                work_on_import(import_id=found.pk)
                found.refresh_from_db()
                if found.state == state.REFUSED:
                    return found.reason, None
                demand(f"the import is {found.state} and not {ready}", found.state == ready)
            return "", self._report(found.run)
        finally:
            if found.state not in FileImport.ENDED:
                from members.uploads import forget

                forget(found.path)
                FileImport.objects.filter(pk=found.pk).update(state=state.DISCARDED)

    @staticmethod
    def _report(run: Any) -> dict[str, Any]:
        import csv

        demand("a row is in no count", run.rows == run.created + run.merged + run.unchanged + run.refused)
        lines: dict[int, str] = {}
        listed = 0
        with open(run.report, encoding="utf-8", newline="") as file:
            for at, reason, detail in list(csv.reader(file))[1:]:
                demand("a formula is in the report", not detail.lstrip().startswith(("=", "+", "-", "@")))
                if reason in run.reasons:
                    listed += 1
                    if listed <= 100:
                        lines[int(at)] = reason
        return {
            "rows": run.rows, "created": run.created, "refused": run.refused, "listed": listed, "lines": lines,
        }  # fmt: skip


PLANTED: Mapping[str, tuple[str, str, str]] = {
    # bug: the kind and the file that show it, and what must be said
    "lines are read whole": ("members", "a line without end", "memory"),
    "batches go by the number of rows alone": ("members", "long rows without end", "memory"),
    "workbooks are opened unlooked at": ("members", "a workbook: a cell without end", "memory"),
    "consents are stored before the file is read": ("consents", "a table that is cut off", "half"),
}


@contextmanager
def planted(bug: str) -> Iterator[None]:
    import csv

    from geo import file_bounds, intake
    from members.actions import import_consents

    with ExitStack() as stack:
        if bug == "lines are read whole":
            stack.enter_context(mock.patch.object(intake, "LONGEST_RECORD", 1 << 40))
            before = csv.field_size_limit(1 << 40)
            stack.callback(csv.field_size_limit, before)
        elif bug == "batches go by the number of rows alone":
            stack.enter_context(mock.patch.object(file_bounds, "WEIGHT", 1 << 60))
        elif bug == "workbooks are opened unlooked at":
            stack.enter_context(mock.patch.object(intake, "check_workbook", return_value=None))
        elif bug == "consents are stored before the file is read":
            stack.enter_context(mock.patch.object(import_consents, "read_table", return_value=()))
        elif bug:
            raise ValueError(bug)
        yield


def serve(kind: str, folder: Path) -> None:
    """In the child: one line of JSON for each case."""
    import django

    django.setup()
    from django.conf import settings

    settings.REPORT_DIR, settings.IMPORT_DIR = folder / "reports", folder / "imports"
    settings.SECURE_SSL_REDIRECT = False
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    reader = Reader()
    reader.warm_up(kind, folder)
    print(json.dumps({"base": reader.base}), flush=True)
    for text in sys.stdin:
        case = Case(**json.loads(text))
        with planted(case.planted) if case.planted else nullcontext():
            try:
                told = reader.read(case)
            except NotHeld as error:
                told = {"not_held": str(error)}
        print(json.dumps(told), flush=True)


class Child:
    """The process; one for a kind, so that what its files leave behind is not another's."""

    def __init__(self, kind: str, folder: Path) -> None:
        words = [sys.executable, "-m", "tests.attack.imports", "--serve", kind, str(folder)]
        self.process = subprocess.Popen(
            words, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            stderr=(folder / "child.log").open("w"),
        )  # fmt: skip
        self.log = folder / "child.log"
        self.base = int(self._answer()["base"])

    def read(self, case: Case) -> dict[str, Any]:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(asdict(case) | {"refused": {}}) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout
        if not (answer := self.process.stdout.readline()):
            raise NotHeld(f"the process that reads died: {self.log.read_text()[-2000:]}")
        found: dict[str, Any] = json.loads(answer)
        return found

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(60)


# --- The attack -----------------------------------------------------------------------------------------------------


def judge(case: Case, told: Mapping[str, Any], size: Size) -> None:
    """Raises NotHeld where what became of the file is not what should."""
    where = f"{case.kind}, {case.name}, by {case.way}"
    demand(f"{where}: {told.get('not_held')}", "not_held" not in told)
    demand(f"{where}: memory grew by {told['growth'] / MEGABYTE:.0f} MB", told["growth"] < MOST)
    if told["reason"]:
        reasons = case.reasons + (["form"] if case.way == "upload" else [])
        demand(f"{where}: half of it was loaded: {told['grown']}", not any(told["grown"]))
        demand(f"{where}: refused as {told['reason']}", told["reason"] in reasons)
        return
    demand(f"{where}: it was not refused", not case.reasons)
    created = {"grown": told["grown"][0], "created": told["created"]}
    demand(f"{where}: created {created}", case.created < 0 or set(created.values()) == {case.created})
    lines = {int(at): reason for at, reason in told["lines"].items()}
    if not case.many:
        demand(f"{where}: refused {lines} and not {case.refused}", lines == case.refused)
    demand(f"{where}: the report is not whole", told["listed"] == min(told["refused"], 100_000))


def attack(folder: Path, size: Size) -> None:
    from geo.file_bounds import MOST_ROWS

    demand("the record is too short or too long to tell", size.lines < MOST_ROWS // 10 or size.lines > MOST_ROWS)
    files = Files(folder, size)
    read = refused = 0
    child: Child | None = None
    for kind in KINDS:
        child = child or Child(kind, folder)
        worst, slowest, of_kind = (0, ""), (0.0, ""), 0
        try:
            for case, make in files.of(kind):
                if kind not in size.full and case.name not in EACH:
                    continue
                path = make()
                case.path = str(path)
                for way in ("command", "upload") if kind in size.uploads else ("command",):
                    # Rows that were loaded by the command are on file already
                    case.way, case.created = way, case.created if way == "command" else min(case.created, 0) or 0
                    told = child.read(case)
                    judge(case, told, size)
                    read, of_kind, refused = read + 1, of_kind + 1, refused + bool(told["reason"])
                    worst = max(worst, (told["growth"], f"{case.name}, by {way}"))
                    slowest = max(slowest, (told["seconds"], f"{case.name}, by {way}"))
                path.unlink()
        finally:
            # What the files of one kind left behind is not the next one's, where there were many
            if kind in size.full or sys.exc_info()[0] or KINDS[KINDS.index(kind) + 1] in size.full:
                child.close()
                child = None
        line(f"{kind}: {of_kind} files; most memory: {worst[1]}", f"{worst[0] / MEGABYTE:.0f} MB")
        line(f"    longest: {slowest[1]}", f"{slowest[0]:.1f} s")
    line("files read, of them refused whole", f"{read}, {refused}")
    demand("too few files to say anything", read >= size.least and refused >= size.least // 3)


def twins(folder: Path, size: Size) -> None:
    """The same files read by a product with a bug in it: each must be seen."""
    large = replace(size, bomb=max(size.bomb, 400 * MEGABYTE))
    for bug, (kind, name, seen_as) in PLANTED.items():
        files = Files(folder, SHORT if bug.startswith("lines") else large)
        files.number = 90_000 + 100 * list(PLANTED).index(bug)
        for case, make in files.of(kind):
            if case.name != name:
                continue
            path = make()
            case.path, case.planted = str(path), bug
            child = Child(kind, folder)
            told = child.read(case)
            child.close()
            path.unlink()
            try:
                judge(case, told, size)
            except NotHeld as seen:
                demand(f"planted: {bug}, seen for another reason: {seen}", seen_as in str(seen))
                line(f"planted: {bug}", f"seen: {seen}")
                break
            raise NotHeld(f"planted, and not seen: {bug}")
        else:
            raise NotHeld(f"no file shows: {bug}")


def build() -> None:
    """What the good rows name."""
    from geo.models import Region
    from members.models import Category, ContactPoint, Member, Product
    from members.phone import PhoneNumber
    from salesapp.staff.models import Employee

    country = Region.objects.create(level="country", code="CN", name="中国")
    city = Region.objects.create(level="city", code="990100", name="海澄市", parent=country)
    fridge = Category.objects.create(code="fridge", name="冰箱", name_en="Fridge", lifetime_years=10)
    Product.objects.create(model="HC-1", category=fridge, brand="海澄", name="HC-1")
    member = Member.objects.create(surname="孙", title="m", household=-1, member_since="2015-03-09")
    ContactPoint.objects.create(channel=1, bidx=PhoneNumber.parse(PHONE).bidx, member_id=member.pk, ciphertext=b"x")
    Employee.objects.create(employee_no="root", name="root", password="!", role="administrator", region=city)


def everything(folder: Path, size: Size) -> None:
    from django.db import connections

    build()
    connections.close_all()
    attack(folder, size)
    twins(folder, size)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.attack.imports", description=__doc__)
    parser.add_argument("--short", action="store_true", help="the form that CI runs")
    parser.add_argument("--serve", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "salesapp.settings"
    if asked.serve:
        serve(asked.serve[0], Path(asked.serve[1]))
        return 0
    checkouts_database()
    size = SHORT if asked.short else LONG
    with scratch("bombs", REAL) as database, tempfile.TemporaryDirectory(prefix="bombs_") as folder:
        os.environ["DATABASE_URL"] = database.url
        import django

        django.setup()
        return verdict(lambda: everything(Path(folder), size))


if __name__ == "__main__":
    sys.exit(main())
