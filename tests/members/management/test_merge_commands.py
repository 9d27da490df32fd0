from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from members import vault
from members.models import Member, MemberMerge
from members.public_id import public_id
from tests.builders import make_member

pytestmark = pytest.mark.django_db


def run(command: str, *ids: int, reason: str = "the same person") -> str:
    out = StringIO()
    call_command(command, "--reason", reason, "--", *map(public_id, ids), stdout=out)
    return out.getvalue()


def test_two_members_are_merged_and_parted() -> None:
    loser, winner = make_member(), make_member()
    assert "contact_points 1" in run("merge_members", loser.pk, winner.pk)
    loser.refresh_from_db()
    assert loser.merged_into == winner.pk
    run("undo_merge", loser.pk, reason="two sisters")
    loser.refresh_from_db()
    assert loser.merged_into is None
    merge = MemberMerge.objects.get()
    assert (merge.reason, merge.undone_reason) == ("the same person", "two sisters")


def test_what_is_wrong_is_said_in_a_sentence(settings: object) -> None:
    one, other = make_member(), make_member()
    for command, ids, sentence in (
        ("merge_members", (one.pk, one.pk), "merged"),
        ("merge_members", (one.pk, other.pk + 1), "no such member"),
        ("undo_merge", (one.pk,), "not merged"),
    ):
        with pytest.raises(CommandError, match=sentence):
            run(command, *ids)
    for arguments in (["x", "--", "1", "2"], ["", "--", public_id(one.pk), public_id(other.pk)]):
        with pytest.raises(CommandError):
            call_command("merge_members", "--reason", *arguments)
    kept = settings.DATA_KEYS  # type: ignore[attr-defined]
    settings.DATA_KEYS = ""  # type: ignore[attr-defined]
    vault._data_keys.cache_clear()
    vault._writing_key.cache_clear()
    try:
        with pytest.raises(CommandError, match="DATA_KEYS"):
            run("merge_members", one.pk, other.pk)
    finally:
        settings.DATA_KEYS = kept  # type: ignore[attr-defined]
        vault._data_keys.cache_clear()
        vault._writing_key.cache_clear()
    assert not Member.objects.exclude(merged_into=None).exists()
