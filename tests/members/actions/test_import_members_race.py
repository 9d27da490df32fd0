"""Two imports of the same numbers at the same time, in real transactions."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from django.db import connection

from geo.intake import Doing, Step
from geo.models import ImportRun
from members.actions.import_members import import_members
from members.models import ContactPoint, IdentityLink, Member, SourceRecord

PEOPLE = 300


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("systems", [("mall", "wechat"), ("mall", "mall")])
def test_one_number_stays_one_person(tmp_path: Path, systems: tuple[str, str]) -> None:
    files = [tmp_path / "up.csv", tmp_path / "down.csv"]
    rows = [f"K{number},1541234{number:04},孙先生" for number in range(PEOPLE)]
    files[0].write_text("\n".join(["key,phone,name", *rows]))
    files[1].write_text("\n".join(["key,phone,name", *reversed(rows)]))
    together = Barrier(2, timeout=30)

    def load(path: Path, system: str) -> ImportRun:
        def at_the_decisive_moment(step: Step) -> None:
            if step.doing is Doing.MATCHING:
                together.wait()

        try:
            return import_members(path=path, system=system, progress=at_the_decisive_moment).run
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(load, files, systems))
    second = PEOPLE if systems[0] != systems[1] else 0
    assert sorted(run.created for run in runs) == [0, PEOPLE]
    assert sum(run.merged for run in runs) == second
    assert sum(run.unchanged for run in runs) == PEOPLE - second
    assert Member.objects.count() == ContactPoint.objects.count() == PEOPLE
    assert SourceRecord.objects.count() == IdentityLink.objects.count() == PEOPLE + second
    assert set(ContactPoint.objects.values_list("member_id", flat=True)) == set(
        Member.objects.values_list("id", flat=True)
    )
