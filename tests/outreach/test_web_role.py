"""The counter works as the web's database role, which cannot write the ledgers."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import ProgrammingError, connection, transaction

from members.actions.ask_for_community import ask_for_community
from members.actions.begin_member_session import begin_member_session
from members.actions.check_code import check_code
from members.actions.correct_member import correct_member
from members.actions.erase_member import erase_member
from members.actions.record_consent import record_consent
from members.actions.request_erasure import request_erasure
from members.codes import code_hash
from members.models import Consent, ConsentWording, Erasure, Member, Verification
from members.phone import PhoneNumber
from members.public_id import public_id
from members.queries.member_session import signed_in_member
from members.vault import NoDataKey, contact_place, decrypt
from outreach.actions.act_once import act_once
from outreach.actions.ask_for_code import ask_for_code
from outreach.actions.copy_for_member import copy_for_member
from outreach.actions.correct_for_member import correct_for_member, move_for_member
from outreach.actions.draft_message import draft_message
from outreach.actions.finish_joining import finish_joining
from outreach.actions.grant_web_role import grant_web_role
from outreach.actions.object_for_member import object_for_member
from outreach.actions.record_click import record_click
from outreach.actions.withdraw_for_member import withdraw_for_member
from outreach.actions.write_to_member import write_to_member
from outreach.message_token import read_staff_name, token
from outreach.models import Click, Message, MessageText
from outreach.queries.own_file import own_file
from outreach.queries.own_messages import own_messages
from salesapp.staff.models import AccessEntry, Employee
from tests.conftest import Town
from tests.outreach.codes import open_for_members
from tests.outreach.conftest import looked_up
from tests.outreach.templates import LANDING, make_template, make_version

BODY = "您好，我是{store}的{salesperson}，欢迎来看{category}。{link} 退订{unsubscribe} 拒收请回复R"


@pytest.fixture
def name(alice: Employee, sun: Member) -> str:
    make_version(make_template("sms"), BODY)
    name = looked_up(alice, sun)
    grant_web_role(role="salesapp_web_of_tests")
    with connection.cursor() as cursor:
        cursor.execute("set local role salesapp_web_of_tests")
    return name


def test_a_message_is_drafted_sent_listed_and_clicked(alice: Employee, name: str) -> None:
    draft = draft_message(by=alice, member=name)
    assert draft.channels[draft.channel] is None

    def effect() -> dict[str, str]:
        written = write_to_member(
            by=alice, member=name, version_id=draft.version.pk, channel=draft.channel, category_id=draft.category_id,
            text=draft.text,
        )  # fmt: skip
        return {"message": written.name}

    message = act_once(by=alice, key="k", asked=1, effect=effect)["message"]
    assert record_click(name=token(*read_staff_name(message)), opened=True) == LANDING
    assert Click.objects.get().count == 1
    ((row,), following) = own_messages(alice)
    assert (row.name, following) == (message, None)
    assert MessageText.objects.exists()


def test_the_ledger_itself_is_closed_to_it(alice: Employee, name: str) -> None:
    with pytest.raises(ProgrammingError), transaction.atomic():
        Message.objects.update(state=Message.State.ACCEPTED)


@pytest.mark.django_db
def test_a_customer_registers_sees_corrects_withdraws_and_asks_to_be_erased(town: Town) -> None:
    """Without the data keys as well, as the web is: what the worker does in between is done by hand."""
    open_for_members()
    grant_web_role(role="salesapp_web_of_tests")
    wording = ConsentWording.objects.get(version="sms-1")
    agreed = [(1, wording.pk, wording.fingerprint)]
    told: dict[str, object] = {"surname": "孙", "title": "m", "agreed": agreed, "objects": False}
    with connection.cursor() as cursor, without_data_keys():
        cursor.execute("set local role salesapp_web_of_tests")
        secret = ask_for_code(
            to=PhoneNumber.parse("16000001111"), purpose=Verification.Purpose.JOIN, address="192.0.2.1",
            store=town.north_store, told=told,
        )  # fmt: skip
        row = Verification.objects.get()
        with pytest.raises(NoDataKey):
            decrypt(bytes(row.ciphertext), contact_place(row.member_id))
        Verification.objects.update(code_hash=code_hash(row.pk, "123456"))
        verified = check_code(secret=secret, purpose=Verification.Purpose.JOIN, code="123456")
        member = finish_joining(verified=verified)
        session = begin_member_session(member_id=member.pk, verified=verified)
        assert signed_in_member(session)
        assert own_file(member, first_bidx=bytes(verified.bidx), masked=verified.masked)["held"]["surname"] == "孙"
        correct_member(member_id=member.pk, surname="李", title="f")
        ask_for_community(member_id=member.pk, community_id=town.poplar.pk)
        record_consent(member_id=member.pk, channel=0, purpose=1, given=False, source="form")
        request_erasure(member_id=member.pk, by=None, reason=Erasure.Reason.OWN)
        cursor.execute("reset role")
    erase_member(member_id=member.pk)
    assert not Member.objects.exclude(surname="").exists()


@pytest.mark.django_db
def test_an_officer_acts_for_a_member(sun: Member, dana: Employee, town: Town) -> None:
    open_for_members()
    grant_web_role(role="salesapp_web_of_tests")
    named = public_id(sun.pk)
    with connection.cursor() as cursor, without_data_keys():
        cursor.execute("set local role salesapp_web_of_tests")
        withdraw_for_member(by=dana, member=named, reason="request", channel=Consent.Channel.EVERY, key="k1")
        object_for_member(by=dana, member=named, reason="request", objects=True, key="k2")
        correct_for_member(by=dana, member=named, reason="request", surname="李", title="f", key="k3")
        move_for_member(by=dana, member=named, reason="request", community_id=town.poplar.pk, key="k4")
        copy = copy_for_member(by=dana, member=named, reason="request")
        cursor.execute("reset role")
    assert (copy["held"]["surname"], copy["held"]["community"]) == ("李", "白杨苑")
    assert copy["held"]["objects_to_profiling"]
    assert not any(each["given"] for each in copy["held"]["agreed"])
    assert AccessEntry.objects.filter(employee=dana).count() == 5


@contextmanager
def without_data_keys() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for keys in ("_data_keys", "_opening_keys"):
            patch.setattr(f"members.vault.{keys}", dict)
        yield
