import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now

from outreach.actions.act_once import act_once
from outreach.errors import BadRequestKey, RequestKeyReused
from outreach.models import RequestKey
from salesapp.staff.models import Employee, Store
from tests.retention import gone


class Effect:
    """Opens a store, so that what happened can be counted."""

    def __call__(self) -> dict[str, Any]:
        number = Store.objects.filter(code__startswith="once").count() + 1
        Store.objects.create(code=f"once-{number}", name="一店", region_id=Store.objects.get(code="N1").region_id)
        return {"number": number}


def happened() -> int:
    return Store.objects.filter(code__startswith="once").count()


def test_the_second_call_gets_the_first_answer_and_has_no_effect(alice: Employee) -> None:
    answers = [act_once(by=alice, key="k", asked={"a": 1, "b": [2]}, effect=Effect()) for _ in range(3)]
    answers.append(act_once(by=alice, key="k", asked={"b": [2], "a": 1}, effect=Effect()))
    assert answers == [{"number": 1}] * 4
    assert happened() == 1


def test_a_key_with_something_else_is_refused(alice: Employee) -> None:
    act_once(by=alice, key="k", asked={"a": 1}, effect=Effect())
    with pytest.raises(RequestKeyReused):
        act_once(by=alice, key="k", asked={"a": "1"}, effect=Effect())
    assert happened() == 1


def test_keys_belong_to_an_employee(alice: Employee, bob: Employee) -> None:
    act_once(by=alice, key="k", asked=1, effect=Effect())
    act_once(by=bob, key="k", asked=2, effect=Effect())
    assert happened() == 2


def test_a_failed_effect_leaves_the_key_free(alice: Employee) -> None:
    def fails() -> dict[str, Any]:
        Effect()()
        raise LookupError

    with pytest.raises(LookupError):
        act_once(by=alice, key="k", asked=1, effect=fails)
    assert not RequestKey.objects.exists()
    assert happened() == 0
    assert act_once(by=alice, key="k", asked=2, effect=Effect()) == {"number": 1}


@pytest.mark.parametrize("key", ["", " ", "a b", "a\n", "键", "k" * 101, "\x7f"])
def test_what_is_no_key(alice: Employee, key: str) -> None:
    with pytest.raises(BadRequestKey):
        act_once(by=alice, key=key, asked=1, effect=Effect())
    assert happened() == 0


def test_what_was_asked_is_kept_as_a_hash_alone(alice: Employee) -> None:
    act_once(by=alice, key="k", asked={"text": "孙先生您好"}, effect=Effect())
    kept = RequestKey.objects.get()
    assert len(bytes(kept.digest)) == 16
    assert "孙" not in str(kept.answer)


def test_keys_are_kept_for_a_day_at_least(alice: Employee) -> None:
    for hours in (1, 25, 47, 49):
        act_once(by=alice, key=f"k{hours}", asked=1, effect=Effect())
        RequestKey.objects.filter(key=f"k{hours}").update(created_at=Now() - timedelta(hours=hours))
    assert gone("request_keys") == {"outreach_requestkey": 1}
    assert set(RequestKey.objects.values_list("key", flat=True)) == {"k1", "k25", "k47"}


def run_together(calls: list[Callable[[], object]]) -> None:
    def run(call: Callable[[], object]) -> None:
        try:
            call()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(3))
def test_eight_at_the_same_time_have_one_effect_and_one_answer(alice: Employee, round_: int) -> None:
    answers: list[dict[str, Any]] = []
    run_together([lambda: answers.append(act_once(by=alice, key="k", asked=1, effect=Effect())) for _ in range(8)])
    assert answers == [{"number": 1}] * 8
    assert happened() == 1


@pytest.mark.django_db(transaction=True)
def test_who_waited_for_one_that_failed_takes_the_key(alice: Employee) -> None:
    waiting, answers = threading.Event(), []

    def second() -> None:
        waiting.set()
        answers.append(act_once(by=alice, key="k", asked=1, effect=Effect()))
        connection.close()

    def fails() -> dict[str, Any]:
        thread.start()
        waiting.wait()
        Effect()()
        raise LookupError

    thread = threading.Thread(target=second)
    with pytest.raises(LookupError), transaction.atomic():
        act_once(by=alice, key="k", asked=1, effect=fails)
    thread.join()
    assert answers == [{"number": 1}]
    assert happened() == 1
