import base64

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django.fixtures import Settings

from members import index_key
from members.household import household_of, next_households
from members.index_key import IndexKeyMissing, generation, generations_to_ask, steady_hashes
from members.models import IndexKey
from members.vault import first_hash, hashes_of_all_generations, hashes_to_ask, keyed_hash, next_hashes
from salesapp import checks

OLD, NEW, NEWEST = (base64.b64encode(letter * 32).decode() for letter in (b"i", b"n", b"m"))
VALUE = ("phone", "+8615412345678")


@pytest.fixture(autouse=True)
def _afresh() -> None:
    index_key._seen.clear()


def test_with_one_key_nothing_is_asked_of_the_database(settings: Settings) -> None:
    # no database in this test
    settings.INDEX_KEY = OLD
    assert hashes_to_ask(*VALUE) == [keyed_hash(*VALUE)] == hashes_of_all_generations(*VALUE)


def test_while_it_is_changed_both_hashes_are_asked_for_and_the_old_one_is_written(settings: Settings, db: None) -> None:
    old = keyed_hash(*VALUE)
    settings.INDEX_KEY = f"{NEW},{OLD}"
    assert keyed_hash(*VALUE) == old
    assert hashes_to_ask(*VALUE) == [old, *next_hashes([old], 2)]
    IndexKey.objects.create(generation=2, fingerprint=b"", used_since=timezone.now())
    index_key._seen.clear()
    assert hashes_to_ask(*VALUE) == [keyed_hash(*VALUE)] == next_hashes([old], 2)
    assert first_hash(*VALUE) == old


def test_once_all_are_of_the_newest_key_nothing_is_asked_any_more(
    settings: Settings, db: None, django_assert_num_queries: object
) -> None:
    settings.INDEX_KEY = f"{NEWEST},{NEW},{OLD}"
    IndexKey.objects.create(generation=3, fingerprint=b"", used_since=timezone.now())
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert [len(hashes_to_ask(*VALUE)) for _ in range(3)] == [1, 1, 1]
    assert len(set(hashes_of_all_generations(*VALUE))) == 3


def test_no_key_alone_makes_the_hash(settings: Settings, db: None) -> None:
    IndexKey.objects.create(generation=2, fingerprint=b"", used_since=timezone.now())
    settings.INDEX_KEY = f"{NEW},{OLD}"
    found = keyed_hash(*VALUE)
    for other in (f"{NEW},{NEWEST}", f"{NEWEST},{OLD}", f"{OLD},{NEW}"):
        settings.INDEX_KEY = other
        assert keyed_hash(*VALUE) != found


def test_households_are_made_anew_from_themselves(settings: Settings, db: None) -> None:
    door = {"community_id": 7, "house": "12-3-502", "member_id": 1}
    before = household_of(**door)  # type: ignore[arg-type]
    IndexKey.objects.create(generation=2, fingerprint=b"", used_since=timezone.now())
    settings.INDEX_KEY = f"{NEW},{OLD}"
    assert [household_of(**door)] == next_households([before], 2) != [before]  # type: ignore[arg-type]
    assert next_households([-5], 2) == [-5]


def test_a_process_without_the_newest_key_writes_nothing(settings: Settings, db: None) -> None:
    IndexKey.objects.create(generation=2, fingerprint=b"", used_since=timezone.now())
    settings.INDEX_KEY = OLD
    with pytest.raises(IndexKeyMissing), transaction.atomic(), steady_hashes():
        pass


def test_inside_steady_hashes_the_generation_stays(settings: Settings, db: None) -> None:
    settings.INDEX_KEY = f"{NEW},{OLD}"
    with steady_hashes():
        IndexKey.objects.create(generation=2, fingerprint=b"", used_since=timezone.now())
        index_key._seen.clear()
        assert generation() == 1
    assert generation() == 2
    assert generations_to_ask() == range(2, 3)


def test_the_check_tells_of_keys_that_are_not_those_in_use(settings: Settings, db: None) -> None:
    settings.DATABASE_URL, settings.DEMO = "postgis://salesapp@/salesapp", True
    settings.INDEX_KEY = f"{NEW},{OLD}"
    assert checks.index_key_fits(databases=["default"]) == []
    fingerprint = hashes_of_all_generations("fingerprint", "")[1]
    IndexKey.objects.create(generation=2, fingerprint=fingerprint, used_since=timezone.now())
    assert checks.index_key_fits(databases=["default"]) == []
    for wrong in (OLD, f"{OLD},{NEW}", f"{NEW},{NEWEST}"):
        settings.INDEX_KEY = wrong
        assert [finding.id for finding in checks.index_key_fits(databases=["default"])] == ["salesapp.E025"]
