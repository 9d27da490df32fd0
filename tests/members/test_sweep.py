from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from members.actions.begin_member_session import begin_member_session
from members.jobs import erase, sweep
from members.models import ContactPoint, Erasure, MemberSession, SealingKey, Verification
from members.vault import keyed_hash
from tests.builders import make_member


@pytest.fixture(autouse=True)
def _keep_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs begin by closing connections that grew old, and this test's transaction with them."""
    monkeypatch.setattr("members.jobs.close_old_connections", lambda: None)


def test_the_sweep_finds_an_erasure_whose_job_was_lost_and_forgets_what_ended(db: None) -> None:
    lost = make_member(erased_at=timezone.now())
    erasure = Erasure.objects.create(member_id=lost.pk, reason="own")
    for name, age in (("old", 2), ("new", 0)):
        moment = timezone.now() - timedelta(hours=age)
        verified = Verification.objects.create(
            key=keyed_hash("browser", name), purpose="join", bidx=b"b" * 16, masked="154****", member_id=1,
            ciphertext=b"x", language="en", expires_at=moment,
        )  # fmt: skip
        begin_member_session(member_id=lost.pk, verified=verified)
    MemberSession.objects.filter(pk=MemberSession.objects.values("pk")[:1]).update(
        seen_at=timezone.now() - timedelta(minutes=16)
    )
    sweep(timestamp=0)
    with connection.cursor() as cursor:
        cursor.execute("select args->>'erasure' from procrastinate_jobs where task_name = 'erase_member'")
        assert str(erasure.pk) in [row[0] for row in cursor.fetchall()]
    assert (Verification.objects.count(), MemberSession.objects.count()) == (1, 1)
    assert SealingKey.objects.count() == 1
    erase(erasure=erasure.pk)
    assert not ContactPoint.objects.exists()
    erasure.refresh_from_db()
    assert erasure.done_at
