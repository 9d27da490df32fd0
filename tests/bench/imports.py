"""Members from a file: the product's import, a bare COPY of the file, and django-import-export doing the same."""

import csv
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import tablib
from django.conf import settings
from django.db import connection, transaction
from import_export.resources import ModelResource

from geo.matching.address_library import AddressLibrary, Located
from geo.models import Community
from members.actions.import_members import import_members
from members.household import household_of
from members.masking import split_name
from members.models import ContactPoint, IdentityLink, Member, SourceRecord
from members.phone import PhoneNumber
from members.vault import encrypt, keyed_hash
from salesapp.demo.people import phone_numbers
from tests.bench.database import BenchFailed
from tests.bench.floors import driver
from tests.bench.table import Figure

HEADER = ["key", "phone", "name", "address", "member_since"]
SYSTEM = "bench"


def import_figures(*, rows: int, first_member: int, seed: int) -> list[Figure]:
    """Rows a second, wall clock, median of three rounds in turn; nothing of it stays in the database."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        many, few = Path(folder) / "many.csv", Path(folder) / "few.csv"
        settings.REPORT_DIR = Path(folder) / "reports"
        _write(many, rows, first_member, seed)
        _write(few, rows // 10, first_member, seed)
        takers: list[tuple[Callable[[Path], int], Path]] = [(_product, many), (_copy, many), (_peer, few)]
        rates: list[list[float]] = [[] for _ in takers]
        for _ in range(3):
            for (taker, path), found in zip(takers, rates, strict=True):
                with _undone():
                    start = time.perf_counter()
                    stored = taker(path)
                    found.append(stored / (time.perf_counter() - start))
                if stored != (rows if path is many else rows // 10):
                    raise BenchFailed(f"{taker.__name__} stored {stored} rows of {path.name}")
    product, copy, peer = (statistics.median(found) for found in rates)
    return [
        Figure("member import", product, "rows/s", peer, "django-import-export, bulk, the same four tables", 15, False),
        Figure("member import", product, "rows/s", copy, "bare COPY of the file, no index"),
    ]


def _write(path: Path, rows: int, first_member: int, seed: int) -> None:
    """A file of new members at real communities of the town; numbers follow the town's own."""
    homes = list(
        Community.objects.filter(city__isnull=False)
        .order_by("pk")
        .values_list("city__name", "district__name", "name")[:5000]
    )
    numbers = phone_numbers(np.arange(first_member, first_member + rows), seed).tolist()
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for n, number in enumerate(numbers):
            home = "".join(part or "" for part in homes[n % len(homes)])
            door = f"{n % 30 + 1}号楼{n % 3 + 1}单元{n % 20 + 1}0{n % 4 + 1}室"
            writer.writerow([f"k{n}", number, f"{'王李张刘陈'[n % 5]}先生", home + door, f"2019-{n % 12 + 1:02}-11"])


@contextmanager
def _undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _product(path: Path) -> int:
    done = import_members(path=path, system=SYSTEM)
    if done.addresses["located"] < done.run.created * 0.9:
        raise BenchFailed(f"addresses of the file are not located: {dict(done.addresses)}")
    return done.run.created


def _copy(path: Path) -> int:
    with connection.cursor() as cursor:
        columns = ", ".join(f"{name} text" for name in HEADER)
        cursor.execute(f"create temporary table bench_members ({columns}) on commit drop")
    with driver().cursor() as raw:
        with raw.copy("copy bench_members from stdin (format csv, header)") as copy:
            copy.write(path.read_bytes())
        return raw.rowcount


def _peer(path: Path) -> int:
    resource = _MemberResource()
    result = resource.import_data(tablib.Dataset().load(path.read_text(), format="csv"), raise_errors=True)
    return int(result.totals["new"])


class _MemberResource(ModelResource):  # type: ignore[misc]
    """Member with phone, record and link, as import-export does it fastest: in bulk, without diff or look-up."""

    class Meta:
        model = Member
        fields = ("id", "surname", "title", "community_id", "household", "member_since")
        use_bulk = True
        batch_size = 1000
        skip_diff = True
        force_init_instance = True

    def before_import(self, dataset: tablib.Dataset, **kwargs: Any) -> None:
        self._library = AddressLibrary.load()
        self._ids = self._numbers(Member, len(dataset))
        self._record_ids = self._numbers(SourceRecord, len(dataset))
        self._points: list[ContactPoint] = []
        self._records: list[SourceRecord] = []
        self._links: list[IdentityLink] = []

    def _numbers(self, model: type[Member] | type[SourceRecord], count: int) -> Iterator[int]:
        with connection.cursor() as cursor:
            cursor.execute(
                "select nextval(pg_get_serial_sequence(%s, 'id')) from generate_series(1, %s)",
                [model._meta.db_table, count],
            )
            return iter([int(row[0]) for row in cursor.fetchall()])

    def before_import_row(self, row: dict[str, Any], **kwargs: Any) -> None:
        received = json.dumps(row, ensure_ascii=False)
        row["id"], record = next(self._ids), next(self._record_ids)
        number = PhoneNumber.parse(row["phone"])
        row["surname"], row["title"] = split_name(row["name"])
        found = self._library.locate(row["address"])
        row["community_id"] = found.community_id if isinstance(found, Located) else None
        house = found.house if isinstance(found, Located) else ""
        row["household"] = household_of(community_id=row["community_id"], house=house, member_id=row["id"])
        place = f"{row['id']}:contact_point.ciphertext"
        self._points.append(
            ContactPoint(
                channel=ContactPoint.Channel.PHONE,
                bidx=number.bidx,
                member_id=row["id"],
                ciphertext=encrypt(number.canonical.encode(), place),
            )
        )
        self._records.append(
            SourceRecord(
                id=record,
                system=SYSTEM,
                record_key=row["key"],
                digest=keyed_hash("source_record", received),
                payload=encrypt(received.encode(), f"{SYSTEM}:{row['key']}:source_record.payload"),
            )
        )
        self._links.append(
            IdentityLink(member_id=row["id"], record_id=record, score=1, reason=IdentityLink.Reason.SAME_PHONE)
        )

    def after_import(self, dataset: tablib.Dataset, result: Any, **kwargs: Any) -> None:
        ContactPoint.objects.bulk_create(self._points, batch_size=1000)
        SourceRecord.objects.bulk_create(self._records, batch_size=1000)
        IdentityLink.objects.bulk_create(self._links, batch_size=1000)
