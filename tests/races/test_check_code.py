"""Many guesses at once: no more than five count, and the right one works once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from members.actions.check_code import check_code
from members.codes import LIFE, MOST_TRIES, code_hash, secret_hash
from members.errors import CodeRefused
from members.models import Verification

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 8


@pytest.fixture
def asked() -> Verification:
    row = Verification.objects.create(
        key=secret_hash("s"), purpose="join", bidx=b"b" * 16, masked="154****", member_id=1, ciphertext=b"x",
        language="en", expires_at=timezone.now() + LIFE,
    )  # fmt: skip
    Verification.objects.update(code_hash=code_hash(row.pk, "123456"))
    return row


def at_once(guess: Callable[[int], str]) -> list[bool]:
    """Whether each of the guesses, made in one moment, was right."""
    barrier = Barrier(AT_ONCE)

    def one(number: int) -> bool:
        barrier.wait()
        try:
            check_code(secret="s", purpose=Verification.Purpose.JOIN, code=guess(number))
        except CodeRefused:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))


def test_only_five_guesses_count(asked: Verification) -> None:
    assert not any(at_once(lambda number: f"{number:06}"))
    asked.refresh_from_db()
    assert asked.tries == MOST_TRIES


def test_the_right_code_works_once(asked: Verification) -> None:
    assert at_once(lambda number: "123456").count(True) == 1
    assert not Verification.objects.exists()
