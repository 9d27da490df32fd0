import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from members.actions.merge_members import merge_members
from members.actions.undo_merge import undo_merge
from members.models import Consent, ConsentState, Member
from outreach.actions.claim_messages import claim_messages
from outreach.message_token import staff_name, token
from outreach.models import Channel, Message, Refusal, TemplateVersion
from tests.builders import make_consent, make_member, make_version

pytestmark = pytest.mark.django_db
Claim = Callable[..., int]


@pytest.fixture
def version() -> TemplateVersion:
    return make_version()


@pytest.fixture
def sun() -> Member:
    member = make_member(pk=471_100_815)  # a number that no page holds by chance
    for channel in (Channel.SMS, Channel.EMAIL):
        make_consent(member, channel)
    return member


@pytest.fixture
def link(sun: Member, version: TemplateVersion) -> str:
    """The link in a message by SMS that waits for its hand-over."""
    (claim,) = claim_messages(members=[sun.pk], channel=Channel.SMS, version_id=version.pk)
    assert claim.no == 1
    return f"/u/{token(sun.pk, 1)}"


def post(link: str, data: dict[str, str], **headers: str) -> HttpResponse:
    """As a mail client's server does it: no cookie, no token, no page before."""
    return Client(enforce_csrf_checks=True).post(link, data, headers=headers)  # type: ignore[return-value]


def answers(member: Member) -> list[bool | None]:
    rows = dict(ConsentState.objects.filter(member_id=member.pk, purpose=1).values_list("channel", "given"))
    return [rows.get(channel) for channel in (1, 2, 3, 4)]


def page(link: str) -> str:
    return Client().get(link, headers={"Accept-Language": "en"}).content.decode()


@pytest.mark.parametrize("method", ["get", "head", "options", "put"])
def test_opening_the_link_changes_nothing(method: str, sun: Member, link: str) -> None:
    before = Consent.objects.count()
    for _ in range(3):
        getattr(Client(), method)(link)
    assert Consent.objects.count() == before
    assert answers(sun) == [True, True, None, None]


def test_the_page_names_company_and_channel_and_nobody(sun: Member, link: str) -> None:
    answer = Client().get(link, headers={"Accept-Language": "en"})
    shown = answer.content.decode()
    assert "海澄" in shown
    assert "by SMS" in shown
    assert "孙" not in shown
    assert not re.search(r"154[\d*]", shown)  # the link's own token holds 154 now and then
    assert str(sun.pk) not in shown
    assert "noindex" in shown
    assert "noindex" in answer["X-Robots-Tag"]
    assert "no-store" in answer["Cache-Control"]
    assert "<script" not in shown


def test_one_click_of_a_mail_client_withdraws_on_the_channel(sun: Member, link: str) -> None:
    answer = post(link, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert answers(sun) == [False, True, None, None]
    entry = Consent.objects.latest("recorded_at")
    assert (entry.source, entry.channel, entry.given) == ("unsubscribe_link", Channel.SMS, False)
    assert entry.evidence == {"message": staff_name(sun.pk, 1), "ip": "127.0.0.1"}


def test_the_form_offers_the_channel_and_everything(sun: Member, link: str) -> None:
    shown = page(link)
    assert 'name="choice" value="channel"' in shown
    assert 'name="choice" value="every"' in shown
    post(link, {"choice": "channel"})
    assert answers(sun) == [False, True, None, None]
    post(link, {"choice": "every"})
    assert answers(sun) == [False] * 4


@pytest.mark.parametrize("data", [{}, {"choice": "subscribe"}, {"given": "true", "choice": "channel"}])
def test_whatever_is_posted_it_never_subscribes(data: dict[str, str], sun: Member, link: str) -> None:
    make_consent(sun, given=False)
    post(link, data)
    post(link, data)
    assert answers(sun)[0] is False
    assert not Consent.objects.filter(source="unsubscribe_link", given=True).exists()


def test_the_message_that_waits_does_not_leave_any_more(sun: Member, link: str) -> None:
    post(link, {"choice": "channel"})
    with connection.cursor() as cursor:
        cursor.execute("select refusal from outreach_hand_over(%s, 1, 1)", [sun.pk])
        assert cursor.fetchone() == (Refusal.NO_CONSENT,)
    assert Message.objects.get().state == Message.State.CANCELLED


def test_no_draft_is_claimed_any_more(sun: Member, link: str, version: TemplateVersion) -> None:
    post(link, {"choice": "every"})
    with connection.cursor() as cursor:
        cursor.execute("update outreach_contactguard set blocked_until = '-infinity'")
    for channel in (Channel.SMS, Channel.EMAIL):
        (claim,) = claim_messages(members=[sun.pk], channel=channel, version_id=version.pk)
        assert claim.refusal in {Refusal.NO_CONSENT, Refusal.NO_ADDRESS}
        assert claim.no is None


def test_the_link_of_a_merged_member_is_for_who_they_are_now(sun: Member, link: str) -> None:
    winner = make_member()
    make_consent(winner)
    merge_members(loser=sun.pk, winner=winner.pk, by=None, reason="same")
    assert post(link, {}).status_code == 200
    assert answers(winner)[0] is False


def merged(loser: Member, winner: Member) -> None:
    merge_members(loser=loser.pk, winner=winner.pk, by=None, reason="same")


def parted(loser: Member) -> None:
    undo_merge(loser=loser.pk, by=None, reason="two")


def test_after_a_merge_was_undone_both_are_withdrawn_whose_number_it_may_have_been(version: TemplateVersion) -> None:
    """Through two merges: the message of the third may have gone to the number of the first."""
    first, second, third, nobody = (make_member(phone=f"1540000123{n}") for n in range(4))
    for member in (first, second, third, nobody):
        make_consent(member)
    merged(first, second)
    merged(second, third)
    (claim,) = claim_messages(members=[third.pk], channel=Channel.SMS, version_id=version.pk)
    parted(second)
    parted(first)
    entries = Consent.objects.filter(source="unsubscribe_link")
    assert post(f"/u/{token(third.pk, claim.no or 0)}", {"choice": "channel"}).status_code == 200
    assert [answers(member)[0] for member in (first, second, third, nobody)] == [False, False, False, True]
    assert sorted(entries.values_list("member_id", flat=True)) == [first.pk, second.pk, third.pk]
    (refused,) = claim_messages(members=[first.pk], channel=Channel.SMS, version_id=version.pk)
    assert refused.refusal is Refusal.NO_CONSENT


def test_a_merge_of_another_time_concerns_nobody_else(version: TemplateVersion) -> None:
    before, member, after = (make_member(phone=f"1540000123{n}") for n in range(3))
    for each in (before, member, after):
        make_consent(each)
    with connection.cursor() as cursor:  # now() is one moment for all of a test
        merged(before, member)
        parted(before)
        cursor.execute(
            "update members_membermerge"
            " set merged_at = now() - interval '3 days', undone_at = now() - interval '2 days'"
        )
        (claim,) = claim_messages(members=[member.pk], channel=Channel.SMS, version_id=version.pk)
        cursor.execute("update outreach_message set state = 2, handover_at = claimed_at, settled_at = claimed_at")
        merged(after, member)
        parted(after)
        cursor.execute(
            "update members_membermerge"
            " set merged_at = now() + interval '2 days', undone_at = now() + interval '3 days'"
            " where loser_id = %s",
            [after.pk],
        )
    for each in (before, after):  # an undone merge leaves a carried yes behind
        make_consent(each)
    post(f"/u/{token(member.pk, claim.no or 0)}", {"choice": "every"})
    assert [answers(each)[0] for each in (before, member, after)] == [True, False, True]


def test_while_the_merge_stands_one_entry_is_of_both(sun: Member, version: TemplateVersion) -> None:
    loser = make_member(phone="15400001235")
    merged(loser, sun)
    (claim,) = claim_messages(members=[sun.pk], channel=Channel.SMS, version_id=version.pk)
    post(f"/u/{token(sun.pk, claim.no or 0)}", {})
    assert Consent.objects.filter(source="unsubscribe_link").count() == 1


def test_a_message_that_is_not_on_file_withdraws_everywhere(sun: Member) -> None:
    """As after a restore: the name itself says whose it is."""
    link = f"/u/{token(sun.pk, 77)}"
    assert 'value="channel"' not in page(link)
    assert post(link, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert answers(sun) == [False] * 4


@pytest.mark.parametrize("name", ["x", "A" * 22, "A" * 21 + "%00", "链接", "A" * 500])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_link_that_is_none_is_said_in_plain_words(name: str, method: str, sun: Member) -> None:
    answer = getattr(Client(), method)(f"/u/{name}", headers={"Accept-Language": "en"})
    assert answer.status_code == 404
    assert b"not complete" in answer.content
    assert "noindex" in answer["X-Robots-Tag"]


def test_guessing_is_slowed_down(settings: Settings, sun: Member) -> None:
    settings.UNSUBSCRIBE_LIMITS = ["2/h"]
    assert [Client().get("/u/x").status_code for _ in range(3)] == [404, 404, 429]


def test_a_flood_of_one_message_is_bounded_and_the_others_get_through(
    settings: Settings, sun: Member, link: str
) -> None:
    settings.UNSUBSCRIBE_LIMITS = ["2/h"]
    before = Consent.objects.count()
    assert [post(link, {}).status_code for _ in range(3)] == [200, 200, 429]
    assert Consent.objects.count() == before + 2
    assert post(f"/u/{token(make_member().pk, 1)}", {}).status_code == 200


def test_without_the_counter_it_still_works(settings: Settings, sun: Member, link: str) -> None:
    settings.CACHES = settings.CACHES | {"limits": settings.CACHES["limits"] | {"LOCATION": "unix:///nowhere.sock"}}
    assert post(link, {"choice": "every"}).status_code == 200
    assert answers(sun) == [False] * 4
    assert Client().get("/u/x").status_code == 404
