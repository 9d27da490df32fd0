"""Who reads what of members on the results pages."""

import pytest
from django.test import Client
from django.utils import timezone

from members.models import Member, Need
from salesapp.staff.models import AccessEntry, Employee
from tests.builders import make_category, make_member
from tests.conftest import Town

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(town: Town, alice: Employee) -> Member:
    member = make_member(town.willow, surname="孙", title="m")
    Need.objects.create(member_id=member.pk, category=make_category(), level=3, score=60, reasons=[])
    AccessEntry.objects.create(employee=alice, reason="counter", address_hash=b"h" * 16, member_id=member.pk)
    return member


def pages(who: Employee) -> list[tuple[int, str]]:
    client = Client(headers={"accept-language": "en"})
    client.force_login(who)
    answers = [client.get(address) for address in ("/results/", "/results/leads/", "/results/messages/")]
    return [(answer.status_code, answer.content.decode()) for answer in answers]


def test_whose_look_ups_are_held_reads_no_leads(alice: Employee, lead: Member, mei: Employee) -> None:
    first, leads, messages = pages(alice)
    assert (first[0], leads[0], messages[0]) == (200, 200, 200)
    assert "孙" in first[1]
    assert "孙" in leads[1]
    Employee.objects.filter(pk=alice.pk).update(look_ups_held_at=timezone.now())
    first, leads, messages = pages(alice)
    assert (first[0], leads[0], messages[0]) == (200, 422, 200)
    for _status, text in (first, leads):
        assert "孙" not in text
        assert "look-ups are on hold" in text
        assert "mei" in text  # who decides


def test_leads_are_no_reads_of_their_own(alice: Employee, lead: Member) -> None:
    """Each is of a look-up or a message of theirs that is on record."""
    pages(alice)
    assert AccessEntry.objects.count() == 1
