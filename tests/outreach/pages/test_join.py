import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from members.actions.erase_member import erase_member
from members.actions.merge_members import merge_members
from members.actions.request_erasure import request_erasure
from members.models import (
    Consent,
    ConsentState,
    ConsentWording,
    ContactPoint,
    Erasure,
    IdentityLink,
    Member,
    MemberSession,
    SourceRecord,
    Tombstone,
    Verification,
)  # fmt: skip
from members.phone import PhoneNumber
from members.vault import contact_place, decrypt
from outreach.actions.send_code import send_code
from outreach.models import ContactGuard, Message, SentCode
from tests.builders import make_consent, make_member
from tests.conftest import Town
from tests.outreach.codes import code_in, open_for_members
from tests.outreach.recording_channel import RecordingChannel

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = "15400001234"
BIDX = PhoneNumber.parse(PHONE).bidx


@pytest.fixture
def channel(monkeypatch: pytest.MonkeyPatch) -> RecordingChannel:
    recording = RecordingChannel()
    monkeypatch.setattr("outreach.actions.send_code.channel_for", lambda channel: recording)
    return recording


@pytest.fixture
def path(town: Town) -> str:
    open_for_members()
    return f"/join/{town.north_store.join_code}/"


def form(*channels: str, phone: str = PHONE, **more: str) -> dict[str, object]:
    wordings = {wording.version: wording.as_read for wording in ConsentWording.objects.all()}
    numbers = {"sms": 1, "wechat": 4}
    agreed = [f"{numbers[channel]}:{wordings[f'{channel}-1']}" for channel in channels]
    return {"surname": "孙", "title": "m", "phone": phone, "agreed": agreed, **more}


def ask(path: str, *channels: str, **more: str) -> Client:
    """A browser that has asked for a code, which has left."""
    client = Client()
    answer = client.post(path, form(*channels, **more))
    assert (answer.status_code, answer["Location"]) == (302, f"{path}code/")
    for row in Verification.objects.filter(handed_over_at=None):
        send_code(verification_id=row.pk)
    return client


def register(path: str, channel: RecordingChannel, *channels: str, **more: str) -> Client:
    client = ask(path, *channels, **more)
    answer = client.post(f"{path}code/", {"code": code_in(channel)})
    assert (answer.status_code, answer["Location"]) == (302, "/mine/?welcome")
    return client


def test_the_page_shows_the_texts_whole_and_nothing_is_ticked(path: str) -> None:
    page = Client().get(path).content.decode()
    for text in ("北岸一店", "同意接收短信优惠", "同意接收微信消息", "根据购买记录推算需求"):
        assert text in page
    assert page.count('type="checkbox"') == 3
    assert "checked" not in page
    assert "sms-1 in English" in Client().get(path, headers={"Accept-Language": "en"}).content.decode()


def test_an_older_text_and_one_of_later_are_not_asked(path: str) -> None:
    ConsentWording.objects.create(version="sms-2", channel=1, language="zh-hans", text="第二版")
    ConsentWording.objects.create(
        version="sms-3", channel=1, language="zh-hans", text="第三版", valid_from=timezone.now() + timedelta(1)
    )
    page = Client().get(path).content.decode()
    assert "第二版" in page
    assert "同意接收短信优惠" not in page
    assert "第三版" not in page


def test_a_new_member_has_what_was_ticked_and_nothing_else(path: str, channel: RecordingChannel, town: Town) -> None:
    register(path, channel, "sms")
    member = Member.objects.get()
    assert (member.surname, member.title, member.household, member.refuses_profiling) == ("孙", "m", -member.pk, False)
    point = ContactPoint.objects.get()
    assert bytes(point.bidx) == BIDX
    assert decrypt(bytes(point.ciphertext), contact_place(member.pk)) == b"+8615400001234"
    # the worker took the seal off
    assert not bytes(point.ciphertext).startswith(b"\0")
    (said,) = Consent.objects.all()
    assert (said.member_id, said.channel, said.given, said.source) == (member.pk, 1, True, "form")
    assert said.wording
    assert said.wording.version == "sms-1"
    assert said.evidence == {"form": "join", "ip": "127.0.0.1", "store": "N1"}
    assert channel.sent[0].address == "+8615400001234"
    assert not Verification.objects.exists()


def test_a_new_member_sees_that_a_code_was_sent(path: str, channel: RecordingChannel) -> None:
    register(path, channel, "sms")
    told = SentCode.objects.get()
    assert (told.member_id, told.state) == (Member.objects.get().pk, Message.State.ACCEPTED)
    register(path, channel, "sms")  # now on file: the worker has noted it already
    assert SentCode.objects.filter(member_id=told.member_id).count() == SentCode.objects.count() == 2


def test_nothing_of_the_number_is_kept_in_clear(path: str, channel: RecordingChannel) -> None:
    Client().post(path, form("sms"))
    row = Verification.objects.get()
    assert bytes(row.ciphertext).startswith(b"\0")
    assert PHONE not in str(row.told)
    assert row.masked == "154****1234"
    send_code(verification_id=row.pk)
    row.refresh_from_db()
    assert code_in(channel).encode() not in bytes(row.code_hash or b"")


def test_an_objection_is_on_record(path: str, channel: RecordingChannel) -> None:
    register(path, channel, objects="yes")
    assert Member.objects.get().refuses_profiling
    (said,) = Consent.objects.all()
    assert (said.purpose, said.given) == (Consent.Purpose.PROFILING, False)


def test_a_member_on_file_stays_one_and_a_withdrawal_stays_where_nothing_is_ticked(
    path: str, channel: RecordingChannel
) -> None:
    member = make_member(phone=PHONE, surname="", title="f")
    make_consent(member, 1)
    make_consent(member, 4)
    make_consent(member, 1, given=False)
    make_consent(member, 4, given=False)
    register(path, channel, "wechat")
    member.refresh_from_db()
    assert Member.objects.count() == ContactPoint.objects.count() == 1
    # what was empty is filled, what was there stays
    assert (member.surname, member.title) == ("孙", "f")
    given = dict(ConsentState.objects.filter(purpose=1).values_list("channel", "given"))
    assert given == {1: False, 4: True}


def test_the_number_of_a_merged_member_is_the_winners(path: str, channel: RecordingChannel) -> None:
    loser, winner = make_member(phone=PHONE), make_member()
    merge_members(loser=loser.pk, winner=winner.pk, by=None, reason="same")
    register(path, channel, "sms")
    assert set(Consent.objects.filter(source="form").values_list("member_id", flat=True)) == {winner.pk}


def test_known_and_unknown_numbers_get_the_same_answer(path: str, channel: RecordingChannel) -> None:
    make_member(phone=PHONE)
    answers = []
    for phone in (PHONE, "16000001111"):
        client = Client()
        first = client.post(path, form("sms", phone=phone))
        row = Verification.objects.get(masked=PhoneNumber.parse(phone).masked)
        send_code(verification_id=row.pk)
        second = client.get(f"{path}code/")
        body = re.sub(r'value="[^"]{64}"', "", second.content.decode()).replace(row.masked, "")
        answers.append((first.status_code, first["Location"], sorted(first.headers), second.status_code, body))
    assert answers[0] == answers[1]
    assert len(channel.sent) == 2


def test_asking_looks_nobody_up(path: str) -> None:
    """Time tells nothing, because there is no question whose answer could take time."""
    make_member(phone=PHONE)
    asked = []
    for phone in (PHONE, "16000001111"):
        with CaptureQueriesContext(connection) as seen:
            Client().post(path, form("sms", phone=phone))
        # Savepoints are numbered
        asked.append([re.sub(r"\d+", "", query["sql"].split("(")[0]) for query in seen.captured_queries])
    assert asked[0] == asked[1]
    assert not any("members_contactpoint" in query for query in asked[0])


def test_five_wrong_codes_and_the_right_one_is_worth_nothing(path: str, channel: RecordingChannel) -> None:
    client = ask(path, "sms")
    wrong = "000000" if code_in(channel) != "000000" else "000001"
    assert [client.post(f"{path}code/", {"code": wrong}).status_code for _ in range(5)] == [422] * 5
    assert client.post(f"{path}code/", {"code": code_in(channel)}).status_code == 422
    assert not Member.objects.exists()


def test_a_code_is_good_for_ten_minutes_and_once(path: str, channel: RecordingChannel) -> None:
    client = ask(path, "sms")
    Verification.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.post(f"{path}code/", {"code": code_in(channel)}).status_code == 422
    client = ask(path, "sms")
    cookie = client.cookies["verification"].value
    assert client.post(f"{path}code/", {"code": code_in(channel)}).status_code == 302
    again = Client()
    again.cookies["verification"] = cookie
    assert again.post(f"{path}code/", {"code": code_in(channel)}).status_code == 422


def test_the_code_is_for_the_browser_that_asked(path: str, channel: RecordingChannel) -> None:
    ask(path, "sms")
    stranger = Client()
    assert stranger.get(f"{path}code/").status_code == 302
    assert stranger.post(f"{path}code/", {"code": code_in(channel)}).status_code == 422
    assert not Member.objects.exists()


def test_a_code_for_signing_in_registers_nobody(path: str, channel: RecordingChannel) -> None:
    client = Client()
    client.post("/mine/sign-in/", {"phone": PHONE})
    send_code(verification_id=Verification.objects.get().pk)
    assert client.post(f"{path}code/", {"code": code_in(channel)}).status_code == 422


@pytest.mark.parametrize("setting", ["CODE_LIMITS", "CODE_ADDRESS_LIMITS", "CODE_STORE_LIMITS"])
def test_codes_are_limited(setting: str, path: str, settings: Settings) -> None:
    setattr(settings, setting, ["2/h"])
    assert [Client().post(path, form("sms")).status_code for _ in range(3)] == [302, 302, 429]
    assert Verification.objects.count() == 2


def test_without_the_counter_nothing_is_sent(path: str, settings: Settings) -> None:
    settings.CACHES = settings.CACHES | {"limits": settings.CACHES["limits"] | {"LOCATION": "unix:///nowhere.sock"}}
    assert Client().post(path, form("sms")).status_code == 503
    assert not Verification.objects.exists()


@pytest.mark.parametrize(
    "changed", [{"phone": "123"}, {"surname": ""}, {"surname": "12"}, {"title": ""}, {"title": "x"}]
)
def test_what_is_missing_is_said_and_nothing_is_sent(path: str, changed: dict[str, str]) -> None:
    answer = Client().post(path, {**form("sms"), **changed})
    assert answer.status_code == 422
    assert b'role="alert"' in answer.content
    assert not Verification.objects.exists()


def test_a_whole_name_is_cut_to_the_surname(path: str, channel: RecordingChannel) -> None:
    register(path, channel, surname="欧阳悟空")
    assert Member.objects.get().surname == "欧阳"


def test_nobody_agrees_to_a_text_that_was_changed_meanwhile(path: str) -> None:
    posted = form("sms")
    ConsentWording.objects.create(version="sms-2", channel=1, language="zh-hans", text="第二版")
    answer = Client().post(path, posted)
    assert answer.status_code == 422
    assert "第二版" in answer.content.decode()
    assert "checked" not in answer.content.decode().replace('value="m" required checked', "")


def test_nobody_agrees_to_a_text_that_was_edited_while_they_read(path: str) -> None:
    posted = form("sms", objects="yes")
    ConsentWording.objects.filter(version="sms-1").update(text="同意三百家伙伴来电")
    for agreed in (posted["agreed"], [f"1:{ConsentWording.objects.get(version='sms-1').pk}"]):
        answer = Client().post(path, {**posted, "agreed": agreed})
        assert answer.status_code == 422
        assert "同意三百家伙伴来电" in answer.content.decode()
        # the objection stays, the yes is given anew
        ticks = re.findall(r'<input type="checkbox" name="(\w+)"[^>]* checked', answer.content.decode())
        assert ticks == ["objects"]
    assert not Verification.objects.exists()


@pytest.mark.parametrize(
    "edit", [{"text": "同意三百家伙伴来电"}, {"channel": 4}, {"purpose": 2, "channel": 0}, None],
    ids=["text", "channel", "purpose", "deleted"],
)  # fmt: skip
def test_what_is_edited_before_the_code_comes_is_to_be_read_anew(
    path: str, channel: RecordingChannel, edit: dict[str, object] | None
) -> None:
    client = ask(path, "sms", objects="yes")
    texts = ConsentWording.objects.filter(version="sms-1")
    texts.update(**edit) if edit else texts.delete()
    answer = client.post(f"{path}code/", {"code": code_in(channel)}, headers={"Accept-Language": "en"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "has changed" in page
    assert "another code will be sent" in page
    assert f'action="{path}"' in page
    assert 'value="孙"' in page
    for model in (Consent, ConsentState, ContactPoint, Member, SourceRecord, MemberSession):
        assert not model._default_manager.exists(), model
    assert not ConsentWording.objects.exclude(used_at=None).exists()
    if edit == {"text": "同意三百家伙伴来电"}:
        register(path, channel, "sms")
        said = Consent.objects.get().wording
        assert said
        assert said.text == "同意三百家伙伴来电"


def test_a_store_that_closed_meanwhile_is_said_where_a_text_was_edited_too(
    path: str, channel: RecordingChannel, town: Town
) -> None:
    client = ask(path, "sms")
    ConsentWording.objects.filter(version="sms-1").update(text="第二版")
    type(town.north_store).objects.update(is_open=False)
    answer = client.post(f"{path}code/", {"code": code_in(channel)}, follow=True)
    assert (answer.redirect_chain, answer.status_code) == ([(path, 302)], 404)
    assert not Member.objects.exists()


@pytest.mark.parametrize("code", ["nothing", "AAAAAAAAAA", "0"])
def test_a_store_that_is_none_is_said(path: str, code: str) -> None:
    assert Client().get(f"/join/{code}/").status_code == 404


def test_a_closed_store_registers_nobody(path: str, town: Town) -> None:
    type(town.north_store).objects.update(is_open=False)
    assert Client().get(path).status_code == 404


def test_until_a_worker_has_published_its_key_nothing_is_taken(path: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("delete from members_sealingkey")
    assert Client().post(path, form("sms")).status_code == 503


def test_a_key_that_somebody_put_there_is_not_sealed_to(path: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("update members_sealingkey set public = decode(repeat('09', 32), 'hex')")
    assert Client().post(path, form("sms")).status_code == 503


def test_another_code_replaces_the_first(path: str, channel: RecordingChannel) -> None:
    client = ask(path, "sms")
    first = code_in(channel)
    assert client.post(f"{path}code/", {"again": "yes"}).status_code == 200
    assert Verification.objects.get().handed_over_at is not None  # within the minute: it is still on its way
    Verification.objects.update(handed_over_at=timezone.now() - timedelta(minutes=2))
    client.post(f"{path}code/", {"again": "yes"})
    assert Verification.objects.get().handed_over_at is None
    send_code(verification_id=Verification.objects.get().pk)
    assert len(channel.sent) == 2
    if first != code_in(channel):
        assert client.post(f"{path}code/", {"code": first}).status_code == 422
    assert client.post(f"{path}code/", {"code": code_in(channel)}).status_code == 302
    # The new member is told of both; of the first nobody knows whether it came
    told = SentCode.objects.order_by("handed_over_at").values_list("member_id", "state")
    member = Member.objects.get().pk
    assert list(told) == [(member, Message.State.UNKNOWN), (member, Message.State.ACCEPTED)]


def test_what_the_member_said_is_not_written_over_by_an_import(path: str, channel: RecordingChannel) -> None:
    register(path, channel)
    record = SourceRecord.objects.get(system="self")
    assert "孙" in decrypt(bytes(record.payload), f"self:{record.record_key}:source_record.payload").decode()
    assert IdentityLink.objects.get().record_id == record.pk


def test_who_was_erased_may_register_afresh_and_waits_for_the_month(path: str, channel: RecordingChannel) -> None:
    member = make_member(phone=PHONE)
    request_erasure(member_id=member.pk, by=None, reason=Erasure.Reason.OWN)
    client = ask(path, "sms")
    assert client.post(f"{path}code/", {"code": code_in(channel)}).status_code == 409  # not deleted yet
    erase_member(member_id=member.pk)
    register(path, channel, "sms")
    new = Member.objects.exclude(pk=member.pk).get()
    hold = ContactGuard.objects.get(member_id=new.pk).blocked_until - timezone.now()
    assert 743 < hold.total_seconds() / 3600 < 745


def test_who_was_erased_long_ago_is_not_held(path: str, channel: RecordingChannel) -> None:
    erase_member(member_id=make_member(phone=PHONE).pk)
    Tombstone.objects.update(erased_at=timezone.now() - timedelta(days=40))
    register(path, channel, "sms")
    assert not ContactGuard.objects.exists()


def test_the_session_is_the_members_and_not_the_staffs(path: str, channel: RecordingChannel) -> None:
    client = register(path, channel)
    cookie = client.cookies["member"]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"], cookie["path"]) == (True, "Lax", 900, "/mine/")
    assert "sessionid" not in client.cookies
    assert client.get("/map/").status_code == 302
    assert client.get("/mine/").status_code == 200
    assert MemberSession.objects.count() == 1


def test_pages_are_kept_nowhere(path: str, channel: RecordingChannel) -> None:
    client = ask(path)
    for answer in (client.get(path), client.get(f"{path}code/"), Client().get("/mine/sign-in/")):
        assert "no-store" in answer["Cache-Control"]
        assert "noindex" in answer["X-Robots-Tag"]
        assert PHONE not in answer.content.decode()


@pytest.mark.parametrize("address", ["/join/%00/", "/join/a%00b/code/"])
def test_an_address_that_no_store_has_is_not_found(db: None, address: str) -> None:
    assert Client().get(address).status_code in (302, 404)


@pytest.mark.parametrize("code", ["1" * 5000, "9" * 7, "\0"])
def test_a_code_of_another_length_is_wrong(db: None, code: str) -> None:
    assert Client().post("/mine/code/", {"code": code}).status_code == 422
