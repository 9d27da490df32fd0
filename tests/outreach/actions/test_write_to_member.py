import re
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings

from members.models import Category, Member, Need
from outreach.actions.draft_message import Draft, draft_message
from outreach.actions.send_message import send_message
from outreach.actions.write_to_member import Written, write_to_member
from outreach.channels.protocol import Outcome
from outreach.draft_ticket import KEPT
from outreach.errors import NotWritable, WordingRefused
from outreach.message_token import read_staff_name, token
from outreach.models import Channel, Message, MessageText, Refusal, TemplateVersion
from salesapp.staff.errors import TooManyRequests
from salesapp.staff.models import Employee
from tests.builders import make_category, make_consent
from tests.outreach.conftest import looked_up
from tests.outreach.recording_channel import RecordingChannel
from tests.outreach.templates import make_template, make_version

BODY = "您好，我是{store}的{salesperson}，欢迎来看{category}。{link} 退订{unsubscribe} 拒收请回复R"
ENDING = "{link} 退订{unsubscribe} 拒收请回复R"


@pytest.fixture
def version(sun: Member) -> TemplateVersion:
    return make_version(make_template("sms"), BODY)


def write(by: Employee, member: Member, version: TemplateVersion, text: str = "", **fields: object) -> Written:
    asked: dict[str, object] = {
        "member": looked_up(by, member), "version_id": version.pk, "channel": Channel.SMS,
        "category_id": Category.objects.get(code="fridge").pk, "text": text or "孙先生您好，冰箱到货了。" + ENDING,
    }  # fmt: skip
    return write_to_member(by=by, **(asked | fields))  # type: ignore[arg-type]


def nothing_stored() -> bool:
    return not (Message.objects.exists() or MessageText.objects.exists() or ProcrastinateJob.objects.exists())


def test_the_month_the_text_and_the_job_stand_together(alice: Employee, sun: Member, version: TemplateVersion) -> None:
    written = write(alice, sun, version)
    message = Message.objects.get()
    assert read_staff_name(written.name) == (sun.pk, message.no)
    assert (message.state, message.sender_id, message.version_id) == (0, alice.pk, version.pk)
    assert (message.broadcast_id, message.service, message.channel) == (None, False, Channel.SMS)
    kept, name = MessageText.objects.get(), token(sun.pk, message.no)
    assert kept.text == (
        f"孙先生您好，冰箱到货了。https://m.example.com/l/{name} 退订https://m.example.com/u/{name} 拒收请回复R"
    )
    job = ProcrastinateJob.objects.get()
    assert (job.task_name, job.args) == ("send_messages", {"channel": 1, "pairs": [[sun.pk, message.no]]})


def test_a_draft_can_be_sent_as_it_is(alice: Employee, sun: Member, version: TemplateVersion) -> None:
    draft: Draft = draft_message(by=alice, member=looked_up(alice, sun))
    write(alice, sun, draft.version, draft.text, channel=draft.channel, category_id=draft.category_id)
    assert "欢迎来看冰箱" in MessageText.objects.get().text


@pytest.mark.django_db(transaction=True)
def test_what_was_written_is_what_leaves(
    alice: Employee, sun: Member, version: TemplateVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = RecordingChannel()
    monkeypatch.setattr("outreach.actions.send_message.channel_for", lambda _: channel)
    member_id, no = read_staff_name(write(alice, sun, version).name)
    assert send_message(member_id=member_id, no=no) is Outcome.ACCEPTED
    (sent,) = channel.sent
    assert sent.text == MessageText.objects.get().text
    assert sent.parameters["category"] == "冰箱"


def test_the_second_message_in_the_month_is_refused_whoever_sends_it(
    alice: Employee, bob: Employee, sun: Member, version: TemplateVersion
) -> None:
    write(alice, sun, version)
    with pytest.raises(NotWritable) as refused:
        write(bob, sun, version)
    assert (refused.value.refusal, refused.value.channel) == (Refusal.MONTH_USED, Channel.SMS)
    assert Message.objects.count() == MessageText.objects.count() == 1


@pytest.mark.parametrize("reason", ["consent", "night", "address", "off"])
def test_a_refusal_stores_nothing(
    alice: Employee, sun: Member, version: TemplateVersion, reason: str, request: pytest.FixtureRequest
) -> None:
    channel, chosen = Channel.SMS, version
    if reason == "consent":
        make_consent(sun, given=False)
    elif reason == "night":
        request.getfixturevalue("night")
    elif reason == "address":
        channel, chosen = (
            Channel.WECHAT,
            make_version(make_template("wechat", Channel.WECHAT), BODY.replace(" 拒收请回复R", "")),
        )
    else:
        with connection.cursor() as cursor:
            cursor.execute("select outreach_set_sending(false)")
    with pytest.raises(NotWritable) as refused:
        write(
            alice, sun, chosen, "您好。{link} 退订{unsubscribe}" if channel == Channel.WECHAT else "", channel=channel
        )
    assert refused.value.refusal == {
        "consent": Refusal.NO_CONSENT, "night": Refusal.QUIET_HOURS, "address": Refusal.NO_ADDRESS,
        "off": Refusal.SENDING_OFF,
    }[reason]  # fmt: skip
    assert nothing_stored()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("您好", "ending"),
        ("海" * 10_000 + ENDING, "too_long"),
        ("好😀" + ENDING, "emoji"),
        ("=1+1" + ENDING, "formula"),
        ("{store}" + ENDING, "no_braces"),
        ("shop.cn" + ENDING, "link"),
        ("15400001234" + ENDING, "number"),
    ],
)
def test_a_text_that_breaks_the_rules_stores_nothing(
    alice: Employee, sun: Member, version: TemplateVersion, text: str, code: str
) -> None:
    with pytest.raises(WordingRefused) as refused:
        write(alice, sun, version, text)
    assert code in {found.code for found in refused.value.findings}
    assert not re.search("海|shop|154", str(refused.value))
    assert nothing_stored()


def test_a_version_that_may_not_be_sent_is_none(alice: Employee, sun: Member, version: TemplateVersion) -> None:
    others = [
        make_version(make_template("service", service=True), BODY),
        make_version(make_template("off", is_active=False), BODY),
        make_version(make_template("tv", category=make_category("tv", "电视")), BODY),
        make_version(make_template("draft"), BODY, approved_by=None, approved_at=None),
        make_version(make_template("push", Channel.PUSH), BODY),
        TemplateVersion(pk=999_999),
    ]
    for other in others:
        with pytest.raises(WordingRefused) as refused:
            write(alice, sun, other)
        assert [(found.field, found.code) for found in refused.value.findings] == [("version", "not_usable")]
    assert nothing_stored()


def test_a_version_that_was_replaced_is_sent_as_long_as_drafts_of_it_wait(
    alice: Employee, sun: Member, version: TemplateVersion
) -> None:
    make_version(version.template, "又" + BODY, approved_at=timezone.now() - KEPT - timedelta(minutes=1))
    with pytest.raises(WordingRefused) as refused:
        write(alice, sun, version)
    assert [(found.field, found.code) for found in refused.value.findings] == [("version", "superseded")]
    assert nothing_stored()
    lately = make_version(make_template("other"), BODY)
    make_version(lately.template, "又" + BODY, approved_at=timezone.now() - KEPT + timedelta(minutes=1))
    make_version(lately.template, "再" + BODY, approved_by=None, approved_at=None)
    write(alice, sun, lately)
    assert Message.objects.get().version_id == lately.pk


def test_words_that_the_provider_holds_are_sent_as_they_are(alice: Employee, sun: Member) -> None:
    version = make_version(make_template("held"), BODY, provider_code="SMS_1")
    text = draft_message(by=alice, member=looked_up(alice, sun)).text
    with pytest.raises(WordingRefused) as refused:
        write(alice, sun, version, "您好。" + ENDING)
    assert [found.code for found in refused.value.findings] == ["not_editable"]
    write(alice, sun, version, text)
    kept = MessageText.objects.get()
    assert kept.parameters["store"] == "北岸一店"
    assert kept.parameters["link"].startswith("https://m.example.com/l/")


def test_who_does_not_need_it_is_not_written_to(alice: Employee, sun: Member, version: TemplateVersion) -> None:
    with pytest.raises(Need.DoesNotExist):
        write(alice, sun, version, category_id=make_category("tv", "电视").pk)
    assert nothing_stored()


def test_nobody_else_is_written_to(alice: Employee, bob: Employee, sun: Member, version: TemplateVersion) -> None:
    name = looked_up(alice, sun)
    with pytest.raises(Member.DoesNotExist):
        write_to_member(
            by=bob, member=name, version_id=version.pk, channel=Channel.SMS,
            category_id=Category.objects.get().pk, text="您好。" + ENDING,
        )  # fmt: skip
    # Who objected since the look-up is nobody too
    Member.objects.filter(pk=sun.pk).update(refuses_profiling=True)
    with pytest.raises(Member.DoesNotExist):
        write(alice, sun, version)
    assert nothing_stored()


def test_messages_are_limited(alice: Employee, sun: Member, version: TemplateVersion, settings: Settings) -> None:
    settings.MESSAGE_LIMITS = ["1/d"]
    write(alice, sun, version)
    with pytest.raises(TooManyRequests):
        write(alice, sun, version)
