import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from geo.models import Community
from members.actions.begin_member_session import begin_member_session
from members.actions.carry_out_erasure import carry_out_erasure
from members.actions.record_consent import record_consent
from members.models import (
    CommunityRequest,
    Consent,
    ConsentState,
    ConsentWording,
    ContactPoint,
    Erasure,
    Member,
    MemberSession,
    ServiceEvent,
    SourceRecord,
    Verification,
)  # fmt: skip
from members.phone import PhoneNumber
from members.public_id import public_id
from members.queries.member_session import signed_in_member
from outreach.actions.claim_messages import claim_messages
from outreach.actions.send_code import send_code
from outreach.actions.withdraw_for_member import withdraw_for_member
from outreach.message_token import token
from outreach.models import Channel, Click, Delivery, MessageText, Recipient, Reply
from salesapp.staff.models import AccessEntry, Employee
from tests.builders import (
    make_broadcast,
    make_category,
    make_consent,
    make_member,
    make_product,
    make_purchase,
    make_sun,
    make_version,
)
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
    open_for_members()
    return recording


@pytest.fixture
def sun(town: Town) -> Member:
    return make_sun(town.willow, PHONE, level=3, score=60)


def signed_in(member: Member, phone: str = PHONE) -> Client:
    number = PhoneNumber.parse(phone)
    verified = Verification(bidx=number.bidx, masked=number.masked)
    client = Client(headers={"Accept-Language": "en"})
    client.cookies["member"] = begin_member_session(member_id=member.pk, verified=verified)
    return client


def send_all() -> None:
    for row in Verification.objects.filter(handed_over_at=None):
        send_code(verification_id=row.pk)


def text(client: Client, path: str = "/mine/") -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", answer.content.decode()))


def test_one_signs_in_with_a_code_and_nothing_else(channel: RecordingChannel, sun: Member) -> None:
    client = Client()
    assert client.get("/mine/")["Location"] == "/mine/sign-in/"
    assert client.post("/mine/sign-in/", {"phone": PHONE})["Location"] == "/mine/code/"
    assert client.get("/mine/").status_code == 302
    send_all()
    assert client.post("/mine/code/", {"code": code_in(channel)})["Location"] == "/mine/"
    assert client.get("/mine/").status_code == 200


def test_only_who_holds_the_phone_learns_whether_it_is_on_file(channel: RecordingChannel) -> None:
    client = Client(headers={"Accept-Language": "en"})
    assert client.post("/mine/sign-in/", {"phone": PHONE})["Location"] == "/mine/code/"
    send_all()
    answer = client.post("/mine/code/", {"code": code_in(channel)})
    assert b"Nothing is held" in answer.content
    assert "member" not in client.cookies
    assert not MemberSession.objects.exists()


def test_everything_that_is_held_is_shown(sun: Member, town: Town, alice: Employee) -> None:
    make_consent(sun)
    claim_messages(members=[sun.pk], channel=Channel.SMS, version_id=make_version().pk)
    AccessEntry.objects.create(
        employee=alice, store=town.north_store, reason="counter", address_hash=BIDX, member_id=sun.pk
    )
    shown = text(signed_in(sun))
    for part in (
        "孙 (Mr)", "154****1234", "9 Mar 2015", "垂柳新村", "Fridge", "fairly strong", "Past its lifetime", "HC-318",
        "1 May 2010", "given · marketing · SMS", "in store", "waiting", "北岸一店", "In store",
    ):  # fmt: skip
        assert part in shown, part
    assert PHONE not in shown
    assert "alice" not in shown


def test_the_copy_is_machine_readable_and_whole(sun: Member, town: Town, alice: Employee) -> None:
    for _ in range(25):
        AccessEntry.objects.create(
            employee=alice, store=town.north_store, reason="counter", address_hash=BIDX, member_id=sun.pk
        )
    client = signed_in(sun)
    assert "The latest 20 of 25" in text(client)
    answer = client.get("/mine/my-data.json")
    assert "attachment" in answer["Content-Disposition"]
    assert "no-store" in answer["Cache-Control"]
    copy = json.loads(answer.content)
    assert len(copy["look_ups"]) == 25
    assert copy["held"]["surname"] == "孙"
    assert copy["held"]["addresses"] == [{"channel": {"code": "sms", "label": "SMS"}, "value": "154****1234"}]
    assert copy["held"]["purchases"][0]["bought_on"] == "2010-05-01"
    assert set(copy) == {"as_of", "held", "messages", "wrote_back", "not_written", "look_ups", "sealed"}
    assert PHONE not in answer.content.decode()
    assert text(client, "/mine/my-data.html").count("北岸一店") == 25


def test_the_copy_has_what_was_written_and_what_became_of_it(sun: Member, town: Town, mei: Employee) -> None:
    make_consent(sun)
    record_consent(
        member_id=sun.pk, channel=4, purpose=1, given=False, source="own_page",
        evidence={"ip": "192.0.2.9", "form": "mine"},
    )  # fmt: skip
    (claim,) = claim_messages(members=[sun.pk], channel=Channel.SMS, version_id=make_version().pk)
    own = {"member_id": sun.pk, "no": claim.no}
    link = f"https://m.example.com/u/{token(sun.pk, claim.no or 0)}"
    MessageText.objects.create(**own, subject="", text=f"孙先生，新到一批冰箱。{link}", parameters={})
    Delivery.objects.create(**own, state=1, reported_at=timezone.now())
    Click.objects.create(**own)
    Reply.objects.create(member_id=sun.pk, channel=1, at=timezone.now(), is_opt_out=True)
    broadcast = make_broadcast(mei, make_category())
    Recipient.objects.create(
        member_id=sun.pk, broadcast=broadcast, community_id=town.willow.pk, state=2, reason="month_used"
    )
    AccessEntry.objects.create(
        employee=mei, reason="request", address_hash=b"", member_id=sun.pk, search="withdraw: sms"
    )
    client = signed_in(sun)
    copy = json.loads(client.get("/mine/my-data.json").content)
    (message,) = copy["messages"]
    assert (message["text"], message["receipt"]["code"]) == (f"孙先生，新到一批冰箱。{link}", "delivered")
    assert message["opened_at"]
    assert [(each["channel"]["code"], each["stops"]) for each in copy["wrote_back"]] == [("sms", True)]
    assert [(each["state"]["code"], each["reason"]["code"]) for each in copy["not_written"]] == [
        ("refused", "month_used")
    ]
    assert [each["act"] for each in copy["look_ups"]] == ["withdraw: sms"]
    assert copy["held"]["said"][0]["evidence"] == {"ip": "192.0.2.9", "form": "mine"}
    printed = text(client, "/mine/my-data.html")
    for part in ("新到一批冰箱", "delivered", "opened", "you wrote back", "contacted within the month", "192.0.2.9"):
        assert part in printed, part


def test_who_asked_for_the_number_before_one_was_a_member_is_told(sun: Member, alice: Employee) -> None:
    AccessEntry.objects.create(employee=alice, store=alice.store, reason="counter", address_hash=BIDX)
    (look_up,) = json.loads(signed_in(sun).get("/mine/my-data.json").content)["look_ups"]
    assert (look_up["reason"]["code"], look_up["act"]) == ("counter", "")


def test_an_address_that_the_page_cannot_open_is_named_all_the_same(sun: Member) -> None:
    ContactPoint.objects.create(channel=2, bidx=b"e" * 16, member_id=sun.pk, ciphertext=b"x")
    client = signed_in(sun)
    assert "one address, encrypted" in text(client)
    copy = json.loads(client.get("/mine/my-data.json").content)
    assert {"channel": {"code": "email", "label": "e-mail"}, "value": None} in copy["held"]["addresses"]


def without_words(value: object) -> object:
    """A copy without what is for people to read."""
    if isinstance(value, dict):
        return {name: without_words(each) for name, each in value.items() if name not in ("label", "sealed", "as_of")}
    return [without_words(each) for each in value] if isinstance(value, list) else value


def test_the_codes_in_the_copy_are_the_same_in_every_language(sun: Member, town: Town, alice: Employee) -> None:
    make_consent(sun)
    record_consent(member_id=sun.pk, channel=0, purpose=2, given=True, source="own_page")
    claim_messages(members=[sun.pk], channel=Channel.SMS, version_id=make_version().pk)
    make_purchase(sun, make_product("HC-9", make_category()), store=town.north_store)
    ServiceEvent.objects.create(
        member_id=sun.pk,
        system="test",
        record_key="1",
        kind="repair",
        category=make_category(),
        happened_on="2026-01-01",
    )
    for store, reason in ((town.north_store, "counter"), (None, "audit")):
        AccessEntry.objects.create(employee=alice, store=store, reason=reason, address_hash=BIDX, member_id=sun.pk)
    client = signed_in(sun)
    chinese, english = (
        json.loads(client.get("/mine/my-data.json", headers={"Accept-Language": language}).content)
        for language in ("zh-hans", "en")
    )
    assert chinese != english
    bare = without_words(english)
    assert without_words(chinese) == bare
    assert isinstance(bare, dict)
    held = bare["held"]
    assert held["title"] == {"code": "m"}
    assert held["needs"] == [{"category": {"code": "fridge"}, "level": 3, "reasons": [{"code": "old-appliance"}]}]
    assert [(each["store"], each["channel"]["code"]) for each in held["purchases"]] == [
        ({"code": "N1"}, "store"), (None, "store"),
    ]  # fmt: skip
    assert held["service_events"][0]["kind"] == {"code": "repair"}
    assert [(each["purpose"]["code"], each["channel"], each["source"]["code"]) for each in held["said"]] == [
        ("profiling", None, "own_page"), ("marketing", {"code": "sms"}, "store"),
    ]  # fmt: skip
    assert [each["channel"]["code"] for each in held["agreed"]] == ["sms", "email", "push", "wechat"]
    assert (bare["messages"][0]["channel"]["code"], bare["messages"][0]["state"]["code"]) == ("sms", "claimed")
    assert [each["reason"]["code"] for each in bare["look_ups"]] == ["audit", "counter"]


def test_a_session_ends_after_a_quarter_of_an_hour_and_after_two_in_any_case(sun: Member) -> None:
    client = signed_in(sun)
    MemberSession.objects.update(seen_at=timezone.now() - timedelta(minutes=14))
    assert client.get("/mine/").status_code == 200
    MemberSession.objects.update(seen_at=timezone.now() - timedelta(minutes=16))
    assert client.get("/mine/").status_code == 302
    client = signed_in(sun)
    MemberSession.objects.update(begun_at=timezone.now() - timedelta(hours=3))
    assert client.get("/mine/").status_code == 302


def test_signing_out_ends_it_for_a_copied_cookie_too(sun: Member) -> None:
    client = signed_in(sun)
    copied = Client()
    copied.cookies["member"] = client.cookies["member"].value
    assert client.post("/mine/sign-out/").status_code == 302
    assert copied.get("/mine/").status_code == 302


def test_one_sees_oneself_only(sun: Member, town: Town) -> None:
    other = make_member(town.poplar, "16000001111", surname="李")
    shown = text(signed_in(other, "16000001111"))
    assert "李" in shown
    assert "孙" not in shown
    assert "HC-318" not in shown


def test_withdrawing_one_channel_and_all(sun: Member) -> None:
    for channel in (1, 2, 4):
        make_consent(sun, channel)
    client = signed_in(sun)
    client.post("/mine/consent/", {"withdraw": "2"})
    given = ConsentState.objects.filter(member_id=sun.pk, given=True).values_list("channel", flat=True)
    assert set(given) == {1, 4}
    client.post("/mine/consent/", {"withdraw": "0"})
    assert not given.all().exists()
    entry = Consent.objects.latest("pk")
    assert (entry.source, entry.evidence) == ("own_page", {"form": "mine", "ip": "127.0.0.1"})


def agreeing(client: Client, channel: int = 1) -> dict[str, str]:
    """What the page of a channel posts."""
    page = client.get(f"/mine/agree/{channel}/").content.decode()
    found = re.search(r'name="wording" value="([^"]+)"', page)
    assert found
    return {"wording": found[1]}


def test_a_channel_is_agreed_to_anew_with_the_whole_text_of_today(channel: RecordingChannel, sun: Member) -> None:
    make_consent(sun)
    make_consent(sun, 4)
    client = signed_in(sun)
    assert "/mine/agree/" not in client.get("/mine/").content.decode()
    client.post("/mine/consent/", {"withdraw": "0"})
    shown = client.get("/mine/").content.decode()
    assert "/mine/agree/1/" in shown
    assert "/mine/agree/4/" in shown
    assert "/mine/agree/2/" not in shown  # no text asks for it
    before = Consent.objects.count()
    posted = agreeing(client)
    assert "sms-1 in English" in client.get("/mine/agree/1/").content.decode()
    assert Consent.objects.count() == before  # reading is not agreeing
    for answer in ("/mine/?done=agreed", "/mine/"):  # a second tap says nothing more
        assert client.post("/mine/agree/1/", posted)["Location"] == answer
    assert Consent.objects.count() == before + 1
    said = Consent.objects.latest("pk")
    assert (said.given, said.channel, said.purpose, said.source) == (True, 1, 1, "own_page")
    assert said.evidence == {"form": "mine", "ip": "127.0.0.1"}
    assert said.wording
    assert said.wording.version == "sms-1-en"
    assert set(ConsentState.objects.filter(given=True).values_list("channel", flat=True)) == {1}
    assert "/mine/agree/1/" not in client.get("/mine/").content.decode()


def test_what_an_officer_withdrew_only_the_member_gives_again(
    channel: RecordingChannel, sun: Member, dana: Employee
) -> None:
    make_consent(sun)
    withdraw_for_member(
        by=dana, member=public_id(sun.pk), reason="request", channel=Consent.Channel.SMS, key="k"
    )  # fmt: skip
    client = signed_in(sun)
    client.post("/mine/agree/1/", agreeing(client))
    assert ConsentState.objects.get().given


def test_nobody_agrees_again_to_what_they_have_not_read(channel: RecordingChannel, sun: Member) -> None:
    client = signed_in(sun)
    posted = agreeing(client)
    new = ConsentWording.objects.create(version="sms-2", channel=1, language="en", text="The second text")
    answer = client.post("/mine/agree/1/", posted)
    assert answer.status_code == 422
    assert "The second text" in answer.content.decode()
    bare = {"wording": str(new.pk)}  # without the fingerprint of what was read
    for other in ({}, {"wording": ""}, {"wording": "x"}, bare, {"wording": posted["wording"], "given": "1"}):
        assert client.post("/mine/agree/1/", other).status_code == 422
    assert client.post("/mine/agree/2/", {"wording": new.as_read})["Location"] == "/mine/"
    assert client.post("/mine/agree/0/", {"wording": new.as_read})["Location"] == "/mine/"
    assert not Consent.objects.exists()
    assert client.post("/mine/agree/1/", {"wording": new.as_read}).status_code == 302
    assert Consent.objects.get().wording == new


EDITS = {"text": "You agree to calls of 300 partners", "channel": 4, "language": "zh-hans"}


@pytest.mark.parametrize("edited", EDITS)
def test_nobody_agrees_to_a_text_that_was_edited_since(channel: RecordingChannel, sun: Member, edited: str) -> None:
    client = signed_in(sun)
    posted = agreeing(client)
    ConsentWording.objects.filter(version="sms-1-en").update(**{edited: EDITS[edited]})
    answer = client.post("/mine/agree/1/", posted)
    assert answer.status_code == 422
    assert "has changed" in answer.content.decode()
    assert not Consent.objects.exists()
    assert not ConsentWording.objects.exclude(used_at=None).exists()
    if edited == "text":
        assert "300 partners" in answer.content.decode()
        assert client.post("/mine/agree/1/", agreeing(client)).status_code == 302
        assert Consent.objects.get().wording_id == int(posted["wording"].split(":")[0])


def test_an_edit_in_the_moment_of_the_tap_is_not_agreed_to(
    channel: RecordingChannel, sun: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the page's look at the text and the entry of the ledger."""
    client = signed_in(sun)
    posted = agreeing(client)

    def edited_first(**said: Any) -> int:
        ConsentWording.objects.filter(version="sms-1-en").update(text="Another")
        return record_consent(**said)

    with monkeypatch.context() as patch:
        patch.setattr("outreach.pages.mine.record_consent", edited_first)
        answer = client.post("/mine/agree/1/", posted)
    assert answer.status_code == 422
    assert "Another" in answer.content.decode()
    assert not Consent.objects.exists()
    assert client.post("/mine/agree/1/", agreeing(client)).status_code == 302


def test_no_link_and_no_other_site_agrees(channel: RecordingChannel, sun: Member) -> None:
    """A link in a message opens at best the way in; with a session it shows, and agreeing takes the page's own form."""
    wording = agreeing(signed_in(sun))
    stranger = Client()
    for answer in (stranger.get("/mine/agree/1/", wording), stranger.post("/mine/agree/1/", wording)):
        assert answer["Location"] == "/mine/sign-in/"
    member = signed_in(sun)
    assert member.get("/mine/agree/1/", wording).status_code == 200
    strict = Client(enforce_csrf_checks=True)
    strict.cookies["member"] = member.cookies["member"].value
    assert strict.post("/mine/agree/1/", wording).status_code == 403
    assert not Consent.objects.exists()
    assert member.post("/mine/agree/1/", wording).status_code == 302  # the same from the page itself
    assert Consent.objects.get().given


def test_who_is_responsible_is_told(channel: RecordingChannel, sun: Member, town: Town, settings: Settings) -> None:
    client = signed_in(sun)
    for path in ("/mine/", "/mine/my-data.html", f"/join/{town.north_store.join_code}/"):
        page = client.get(path).content.decode()
        for part in (
            "海澄电器有限公司", 'href="mailto:privacy@example.com"', 'href="https://shop.example.com/privacy"',
        ):  # fmt: skip
            assert page.count(part) == 1, (path, part)
    settings.RESPONSIBLE_CONTACT = "400-800-0000"
    page = client.get("/mine/").content.decode()
    assert "400-800-0000" in page
    assert 'href=""' not in page
    assert "mailto:" not in page


def test_codes_are_listed_among_the_messages_without_the_code(channel: RecordingChannel, sun: Member) -> None:
    claim_messages(members=[sun.pk], channel=Channel.SMS, version_id=make_version().pk)
    make_consent(sun)
    claim_messages(members=[sun.pk], channel=Channel.SMS, version_id=make_version().pk)
    client = Client(headers={"Accept-Language": "en"})
    client.post("/mine/sign-in/", {"phone": PHONE})
    send_all()
    code = code_in(channel)
    client.post("/mine/code/", {"code": code})
    assert "Verification code · service" in text(client)
    answer = client.get("/mine/my-data.json")
    newest, older = json.loads(answer.content)["messages"]
    assert newest["about"] == {"code": "verification_code", "label": "Verification code"}
    assert (newest["channel"]["code"], newest["state"]["code"], newest["service"]) == ("sms", "accepted", True)
    assert not older["service"]
    assert newest["at"] > older["at"]
    assert code not in answer.content.decode()
    assert code not in text(client, "/mine/my-data.html")
    assert "Verification code" in text(client, "/mine/my-data.html")


@pytest.mark.parametrize("data", [{}, {"withdraw": "9"}, {"withdraw": "x"}, {"given": "1"}, {"profiling": "maybe"}])
def test_nothing_else_is_recorded_there(sun: Member, data: dict[str, str]) -> None:
    assert signed_in(sun).post("/mine/consent/", data).status_code == 302
    assert not Consent.objects.exists()


def test_objecting_and_no_longer(sun: Member) -> None:
    client = signed_in(sun)
    client.post("/mine/consent/", {"profiling": "no"})
    sun.refresh_from_db()
    assert sun.refuses_profiling
    assert "You object" in text(client)
    for path in ("/mine/", "/mine/my-data.html"):
        assert "deleted tonight" in text(client, path)
    client.post("/mine/consent/", {"profiling": "yes"})
    sun.refresh_from_db()
    assert not sun.refuses_profiling


def test_an_objection_is_told_in_words_of_its_own_on_the_page_and_in_the_copy(sun: Member) -> None:
    client = signed_in(sun)
    make_consent(sun)
    for answer in ("no", "yes"):
        client.post("/mine/consent/", {"profiling": answer})
    for path, between in (("/mine/", " ·"), ("/mine/my-data.html", ",")):
        shown = text(client, path)
        for part in ("objected", "objection taken back"):
            assert shown.count(f"{part}{between} profiling") == 1, (path, part)
        assert f"given{between} marketing" in shown
        assert f"given{between} profiling" not in shown
        assert "withdrawn" not in shown


NOTICE = re.compile(r'<p class="notice good" role="status">([^<]+)</p>')


def test_after_each_act_the_page_says_what_was_done(channel: RecordingChannel, sun: Member, town: Town) -> None:
    make_consent(sun)
    client = signed_in(sun)

    def said(path: str, data: dict[str, str]) -> str:
        page = client.post(path, data, follow=True)
        assert page.redirect_chain[-1][0].startswith("/mine/?done=")
        (notice,) = NOTICE.findall(page.content.decode())
        return str(notice)

    notices = [
        said("/mine/details/", {"surname": "欧阳", "title": "f"}),
        said("/mine/details/", {"community": str(town.poplar.pk)}),
        said("/mine/consent/", {"withdraw": "1"}),
        said("/mine/agree/1/", agreeing(client)),
        said("/mine/consent/", {"withdraw": "0"}),
        said("/mine/consent/", {"profiling": "no"}),
        said("/mine/consent/", {"profiling": "yes"}),
    ]
    words = ("corrected", "request", "that channel", "Thank you", "every channel", "objection is on", "taken back")
    for notice, word in zip(notices, words, strict=True):
        assert word in notice
    assert len(set(notices)) == len(words)


@pytest.mark.parametrize(
    "query", ["", "?done", "?done=", "?done=sold", "?done=Withdrawn", "?done=agreed%00", "?x=agreed"]
)
def test_of_what_was_not_done_nothing_is_said(sun: Member, query: str) -> None:
    client = signed_in(sun)
    assert NOTICE.findall(client.get(f"/mine/{query}").content.decode()) == []
    assert NOTICE.findall(client.get("/mine/?done=agreed").content.decode()) != []


def test_name_and_title_are_put_right(channel: RecordingChannel, sun: Member) -> None:
    client = signed_in(sun)
    assert client.post("/mine/details/", {"surname": "欧阳", "title": "f"}).status_code == 302
    sun.refresh_from_db()
    assert (sun.surname, sun.title) == ("欧阳", "f")
    assert SourceRecord.objects.get(system="self")
    assert client.post("/mine/details/", {"surname": "7", "title": "f"}).status_code == 422


@pytest.mark.parametrize(
    ("there", "said"), [(20, ""), (21, "仅显示前 20 个，共 21 个"), (101, "仅显示前 20 个，共 101 个")]
)
def test_a_list_of_communities_that_is_cut_says_of_how_many(sun: Member, town: Town, there: int, said: str) -> None:
    Community.objects.bulk_create(
        Community(name=f"松林{each:03}", region=town.north, district=town.north, region_path=town.north.path)
        for each in range(there)
    )
    found = signed_in(sun).post("/mine/details/", {"search": "松林"}, headers={"Accept-Language": "zh-hans"})
    shown = found.content.decode()
    assert shown.count('name="community"') == 20
    assert said in shown
    assert ("仅显示" in shown) is bool(said)


def test_another_community_is_asked_for(sun: Member, town: Town) -> None:
    client = signed_in(sun)
    found = client.post("/mine/details/", {"search": "白杨"}).content.decode()
    assert "白杨苑" in found
    assert "海澄市南岸区" in found
    client.post("/mine/details/", {"community": str(town.poplar.pk)})
    sun.refresh_from_db()
    assert sun.community_id == town.willow.pk
    assert "You asked for 白杨苑" in text(client)


@pytest.mark.parametrize("named", ["x", "99999999", "9" * 40, ""])
def test_a_community_that_is_none_is_not_asked_for(sun: Member, named: str) -> None:
    assert signed_in(sun).post("/mine/details/", {"community": named}).status_code == 422
    assert not CommunityRequest.objects.exists()


def test_erasing_takes_a_word_and_a_fresh_code(channel: RecordingChannel, sun: Member) -> None:
    client = signed_in(sun)
    assert client.post("/mine/erase/", {"word": "yes"}).status_code == 422
    assert not Verification.objects.exists()
    assert client.post("/mine/erase/", {"word": "Erase "})["Location"] == "/mine/erase/code/"
    send_all()
    assert channel.sent[0].address == "+8615400001234"
    assert client.post("/mine/erase/code/", {"code": "1"}).status_code == 422
    answer = client.post("/mine/erase/code/", {"code": code_in(channel)})
    assert b"are being erased" in answer.content
    sun.refresh_from_db()
    assert sun.erased_at
    assert client.get("/mine/").status_code == 302
    assert carry_out_erasure(erasure_id=Erasure.objects.get().pk)
    assert not ContactPoint.objects.exists()


def test_a_code_for_signing_in_erases_nobody(channel: RecordingChannel, sun: Member) -> None:
    client = signed_in(sun)
    client.post("/mine/sign-in/", {"phone": PHONE})
    send_all()
    assert client.post("/mine/erase/code/", {"code": code_in(channel)}).status_code == 422
    sun.refresh_from_db()
    assert sun.erased_at is None


def test_the_officer_erases_in_two_steps(sun: Member, dana: Employee, alice: Employee) -> None:
    officer = Client(headers={"Accept-Language": "en"})
    officer.force_login(dana)
    found = officer.post("/privacy/consents/", {"who": PHONE, "reason": "request"}).content.decode()
    named = re.search(r'name="member" value="([\w-]{22})"', found)
    assert named
    asked = {"member": named[1], "reason": "request"}
    assert officer.post("/privacy/erase/", {"member": named[1]}).status_code == 422
    assert b"cannot be undone" in officer.post("/privacy/erase/", asked).content
    assert officer.post("/privacy/erase/", {**asked, "word": "no"}).status_code == 422
    assert not Erasure.objects.exists()
    assert officer.post("/privacy/erase/", {**asked, "word": "erase"}).status_code == 200
    erasure = Erasure.objects.get()
    assert (erasure.by, erasure.reason, erasure.member_id) == (dana, "request", sun.pk)
    seller = Client()
    seller.force_login(alice)
    assert seller.post("/privacy/erase/", {**asked, "word": "erase"}).status_code == 403


def test_codes_typed_in_are_limited_by_address(channel: RecordingChannel, settings: Settings) -> None:
    settings.CODE_CHECK_LIMITS = ["2/h"]
    client = Client()
    client.post("/mine/sign-in/", {"phone": PHONE})
    assert [client.post("/mine/code/", {"code": "1"}).status_code for _ in range(3)] == [422, 422, 429]


@pytest.mark.parametrize(
    "path",
    ["/mine/", "/mine/details/", "/mine/erase/", "/mine/erase/code/", "/mine/my-data.json", "/mine/my-data.html"],
)
def test_without_a_session_there_is_only_the_way_in(path: str) -> None:
    client = Client()
    client.cookies["member"] = "x" * 43
    answer = client.get(path)
    assert (answer.status_code, answer["Location"]) == (302, "/mine/sign-in/")
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/mine/details/", {"surname": "李", "title": "f"}), ("/mine/details/", {"community": "{willow}"}),
        ("/mine/consent/", {"withdraw": "1"}), ("/mine/consent/", {"profiling": "no"}),
    ],
)  # fmt: skip
def test_who_is_erased_between_the_door_and_the_act_is_signed_out(
    path: str, sent: dict[str, str], channel: RecordingChannel, sun: Member, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(sun)

    def erased_meanwhile(secret: str) -> object:
        found = signed_in_member(secret)
        Member.objects.filter(pk=sun.pk).update(erased_at="2026-01-01T00:00Z")
        return found

    monkeypatch.setattr("outreach.pages.member_guard.signed_in_member", erased_meanwhile)
    answer = client.post(path, {name: value.format(willow=town.willow.pk) for name, value in sent.items()})
    assert answer.status_code == 302
    # A no is recorded all the same, and said to be
    assert answer.headers["Location"].split("?")[0] in {"/mine/sign-in/", "/mine/"}
    monkeypatch.undo()
    assert client.get("/mine/").headers["Location"] == "/mine/sign-in/"
