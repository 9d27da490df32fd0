import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from members.models import Member, Need
from members.queries.catalogue import forget_catalogue
from outreach.models import Channel, Message, MessageText
from salesapp.staff.errors import LimiterUnavailable
from salesapp.staff.models import Employee
from tests.builders import make_category, make_consent
from tests.outreach.conftest import looked_up
from tests.outreach.templates import make_template, make_version

PagesOf = Callable[[Employee], Client]
BODY = "您好，我是{store}的{salesperson}，欢迎来看{category}。{link} 退订{unsubscribe} 拒收请回复R"
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _version(sun: Member) -> None:
    make_version(make_template("sms"), BODY)


def hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))


def draft(client: Client, member: str, **fields: str) -> str:
    answer = client.post("/counter/draft/", {"member": member, **fields}, headers=HTMX)
    assert answer.status_code == 200
    return answer.content.decode()


def send(client: Client, page: str, text: str = "孙先生您好。", **fields: str):  # type: ignore[no-untyped-def]
    return client.post("/counter/message/", hidden(page) | {"text": text, **fields}, headers=HTMX)


def test_the_portrait_offers_to_write(alice: Employee, pages_of: PagesOf, sun: Member) -> None:
    client = pages_of(alice)
    portrait = client.post("/counter/", {"phone": "15400001234", "reason": "counter"}, headers=HTMX).content.decode()
    assert 'action="/counter/draft/"' in portrait
    Need.objects.all().delete()
    portrait = client.post("/counter/", {"phone": "15400001234", "reason": "counter"}, headers=HTMX).content.decode()
    assert 'action="/counter/draft/"' not in portrait
    assert "没有需求的会员，我们不打扰" in portrait


def test_who_was_written_to_is_not_offered_to_be_written_to(alice: Employee, pages_of: PagesOf, sun: Member) -> None:
    client = pages_of(alice)
    assert send(client, draft(client, looked_up(alice, sun))).status_code == 200

    def portrait() -> str:
        return client.post("/counter/", {"phone": "15400001234", "reason": "counter"}, headers=HTMX).content.decode()

    assert "正在发送途中" in portrait() or "后可再联系" in portrait()
    assert 'action="/counter/draft/"' not in portrait()
    written = timezone.now() - timedelta(days=20)
    with connection.cursor() as cursor:
        cursor.execute(
            "update outreach_message set state = 2, claimed_at = %s, handover_at = %s, settled_at = %s", [written] * 3
        )
        cursor.execute("update outreach_contactguard set blocked_until = %s", [written + timedelta(hours=744)])
    again = timezone.localtime(written + timedelta(hours=744))
    assert f"{again.month}月{again.day}日后可再联系" in portrait()
    assert 'action="/counter/draft/"' not in portrait()
    with connection.cursor() as cursor:
        cursor.execute("update outreach_contactguard set blocked_until = now() - interval '1 second'")
    assert "可再联系" not in portrait()
    assert 'action="/counter/draft/"' in portrait()


def test_of_whom_nobody_may_write_to_the_portrait_tells_no_contact(
    alice: Employee, pages_of: PagesOf, sun: Member
) -> None:
    client = pages_of(alice)
    assert send(client, draft(client, looked_up(alice, sun))).status_code == 200
    make_consent(sun, given=False)
    said = client.post("/counter/", {"phone": "15400001234", "reason": "counter"}, headers=HTMX).content.decode()
    assert "孙先生" in said
    assert "发送途中" not in said
    assert "可再联系" not in said


def test_without_the_counters_a_message_stays_on_the_phone(
    alice: Employee, pages_of: PagesOf, sun: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = pages_of(alice)
    page = draft(client, looked_up(alice, sun))

    def down(**_: object) -> None:
        raise LimiterUnavailable

    monkeypatch.setattr("outreach.actions.write_to_member.consume", down)
    answer = send(client, page)
    assert answer.status_code == 503  # which the phone takes for no answer
    assert not Message.objects.exists()


def test_a_draft_is_edited_and_sent(alice: Employee, pages_of: PagesOf, sun: Member) -> None:
    client = pages_of(alice)
    page = draft(client, looked_up(alice, sun))
    assert "<html" not in page
    assert "您好，我是北岸一店的alice，欢迎来看冰箱。</textarea>" in page
    assert "{link}" not in page
    answer = send(client, page)
    assert answer.status_code == 200
    assert "已发送" in answer.content.decode()
    assert MessageText.objects.get().text.startswith("孙先生您好。https://m.example.com/l/")


def test_the_same_form_twice_is_one_message(alice: Employee, pages_of: PagesOf, sun: Member) -> None:
    client = pages_of(alice)
    page = draft(client, looked_up(alice, sun))
    assert [send(client, page).status_code for _ in range(2)] == [200, 200]
    assert Message.objects.count() == 1
    again = send(client, page, "别的。")
    assert again.status_code == 422
    assert "已经发送" in again.content.decode()


def test_a_fault_keeps_the_text_and_says_what_is_wrong(alice: Employee, pages_of: PagesOf, sun: Member) -> None:
    client = pages_of(alice)
    page = draft(client, looked_up(alice, sun))
    answer = send(client, page, "打我电话15400007777 <b>")
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "打我电话15400007777 &lt;b&gt;</textarea>" in shown
    assert "电话号码" in shown
    assert hidden(shown)["key"] != hidden(page)["key"]
    assert not Message.objects.exists()
    assert send(client, shown, "好的。").status_code == 200


def test_a_refusal_takes_the_place_of_the_button(alice: Employee, pages_of: PagesOf, sun: Member) -> None:
    client = pages_of(alice)
    name = looked_up(alice, sun)
    page = draft(client, name)
    assert ">发送</button>" in page
    make_consent(sun, given=False)
    refused = draft(client, name)
    assert "该会员没有同意接收短信" in refused
    assert ">发送</button>" not in refused
    answer = send(client, page)
    assert answer.status_code == 422
    assert "该会员没有同意接收短信" in answer.content.decode()


def test_need_and_channel_can_be_chosen(alice: Employee, pages_of: PagesOf, sun: Member) -> None:
    client = pages_of(alice)
    name = looked_up(alice, sun)
    page = draft(client, name)
    assert 'name="category" hx-post' not in page
    assert 'type="radio"' not in page
    make_version(make_template("push", Channel.PUSH), BODY.replace(" 拒收请回复R", ""))
    Need.objects.create(member_id=sun.pk, category=make_category("tv", "电视"), level=1, score=1, reasons=[])
    forget_catalogue()
    page = draft(client, name, category="tv")
    assert "欢迎来看电视" in page
    assert 'value="tv" selected' in page
    page = draft(client, name, category="tv", channel="PUSH")
    assert 'value="PUSH" checked' in page
    assert "该会员没有使用 App" in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": "x"}, {"version": "9" * 5000}, {"version": ""}, {"channel": "FAX"}, {"category": "boat"},
        {"member": "x"}, {"key": ""}, {"key": "a b"}, {"text": ""}, {"text": "海" * 10_000},
    ],
    ids=str,
)  # fmt: skip
def test_a_form_that_was_tampered_with_is_told_so(
    alice: Employee, pages_of: PagesOf, sun: Member, wrong: dict[str, str]
) -> None:
    client = pages_of(alice)
    page = draft(client, looked_up(alice, sun))
    answer = client.post("/counter/message/", hidden(page) | {"text": "好。"} | wrong, headers=HTMX)
    assert answer.status_code == 422
    assert 'class="notice danger"' in answer.content.decode()
    assert not Message.objects.exists()


def test_nobody_elses_customer_is_drafted_for(alice: Employee, bob: Employee, pages_of: PagesOf, sun: Member) -> None:
    answer = pages_of(bob).post("/counter/draft/", {"member": looked_up(alice, sun)}, headers=HTMX)
    assert answer.status_code == 422
    assert "重新查询" in answer.content.decode()


def test_without_htmx_the_answers_are_whole_pages(alice: Employee, pages_of: PagesOf, sun: Member) -> None:
    client = pages_of(alice)
    page = client.post("/counter/draft/", {"member": looked_up(alice, sun)}).content.decode()
    assert "<html" in page
    answer = client.post("/counter/message/", hidden(page) | {"text": "好。"})
    assert "已发送" in answer.content.decode()
    assert Message.objects.count() == 1


def test_who_may_not_write_gets_the_refusal_page(dana: Employee, root: Employee, pages_of: PagesOf) -> None:
    for employee in (dana, root):
        for address in ("/counter/draft/", "/counter/message/"):
            assert pages_of(employee).post(address).status_code == 403
            assert pages_of(employee).get(address).status_code == 405
