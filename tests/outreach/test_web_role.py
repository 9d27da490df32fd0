"""The counter works as the web's database role, which cannot write the ledgers."""

import pytest
from django.db import ProgrammingError, connection, transaction

from members.models import Member
from outreach.actions.act_once import act_once
from outreach.actions.draft_message import draft_message
from outreach.actions.grant_web_role import grant_web_role
from outreach.actions.record_click import record_click
from outreach.actions.write_to_member import write_to_member
from outreach.message_token import read_staff_name, token
from outreach.models import Click, Message, MessageText
from outreach.queries.own_messages import own_messages
from salesapp.staff.models import Employee
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
