from pathlib import Path

import pytest

from members.actions.ask_for_community import ask_for_community
from members.actions.correct_member import correct_member
from members.actions.import_members import import_members
from members.actions.publish_sealing_key import publish_sealing_key
from members.actions.settle_community_request import settle_community_request
from members.encrypted_columns import record_place
from members.errors import NotSealable
from members.models import CommunityRequest, ContactPoint, Member, SourceRecord
from members.phone import PhoneNumber
from members.public_id import public_id
from members.vault import decrypt
from salesapp.staff.models import Employee
from tests.conftest import Town

PHONE, OTHER = "15400001234", "16000001234"

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(town: Town, tmp_path: Path) -> Path:
    """Two members of one community, each by one record of the shop's system."""
    path = tmp_path / "members.csv"
    rows = [f"A{number},{phone},孙悟空,垂柳新村,海澄市,{number}幢" for number, phone in enumerate((PHONE, OTHER))]
    path.write_text("\n".join(["key,phone,name,community,city,house", *rows]) + "\n", encoding="utf-8")
    import_members(path=path, system="mall")
    assert set(Member.objects.values_list("community_id", flat=True)) == {town.willow.pk}
    return path


def of(phone: str) -> Member:
    return Member.objects.get(pk=ContactPoint.objects.get(bidx=PhoneNumber.parse(phone).bidx).member_id)


def settle(member: Member, town: Town, by: Employee, *, granted: bool) -> None:
    ask_for_community(member_id=member.pk, community_id=town.poplar.pk)
    asked = CommunityRequest.objects.get(settled_at=None)
    settle_community_request(request_id=asked.pk, community_id=town.poplar.pk, granted=granted, by=by)


@pytest.mark.parametrize("changed", [False, True], ids=["the same file", "a changed record"])
def test_what_was_granted_is_not_written_over_by_an_import(
    people: Path, town: Town, dana: Employee, changed: bool
) -> None:
    publish_sealing_key()
    member, other = of(PHONE), of(OTHER)
    settle(member, town, dana, granted=True)
    # Who is elsewhere without having said so goes back to where the record says
    Member.objects.filter(pk=other.pk).update(community=town.poplar, household=-other.pk)
    if changed:
        people.write_text(people.read_text().replace("孙悟空", "李悟空").replace("幢", "栋"))
    import_members(path=people, system="mall")
    member.refresh_from_db()
    other.refresh_from_db()
    assert (member.community_id, member.household, member.surname) == (town.poplar.pk, -member.pk, "孙")
    assert other.community_id == town.willow.pk


def test_a_refusal_says_nothing_of_the_members_own(people: Path, town: Town, dana: Employee) -> None:
    settle(of(PHONE), town, dana, granted=False)
    assert not SourceRecord.objects.filter(system="self").exists()
    people.write_text(people.read_text().replace("垂柳新村", "白杨苑"))
    import_members(path=people, system="mall")
    assert of(PHONE).community_id == town.poplar.pk


def test_it_is_kept_beside_what_they_are_called(people: Path, town: Town, dana: Employee) -> None:
    publish_sealing_key()
    member = of(PHONE)
    correct_member(member_id=member.pk, surname="孙", title="m")
    settle(member, town, dana, granted=True)
    settle(member, town, dana, granted=True)
    records = SourceRecord.objects.filter(system="self").order_by("record_key")
    name = public_id(member.pk)
    assert [record.record_key for record in records] == [name, f"{name}:community"]
    opened = [decrypt(bytes(each.payload), record_place("self", each.record_key)).decode() for each in records]
    assert opened == [
        '{"surname": "孙", "title": "m"}', f'{{"community": "白杨苑", "community_id": "{town.poplar.pk}"}}',
    ]  # fmt: skip


def test_what_cannot_be_kept_is_not_granted(people: Path, town: Town, dana: Employee) -> None:
    with pytest.raises(NotSealable):
        settle(of(PHONE), town, dana, granted=True)
    assert of(PHONE).community_id == town.willow.pk
    assert CommunityRequest.objects.get().settled_at is None
