from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from members.models import Member, Need
from members.queries.needs import needed_categories
from outreach.actions.claim_messages import claim_messages
from outreach.actions.defer_sending import defer_sending
from outreach.draft_ticket import KEPT
from outreach.errors import FactMissing, WordingRefused
from outreach.message_token import staff_name
from outreach.models import Channel, Message, MessageText, Refusal, TemplateVersion
from outreach.queries.looked_up import looked_up_member
from outreach.queries.message_facts import message_facts
from outreach.queries.month_used import not_writable
from outreach.queries.rendering import OPEN_LINKS, fill_links, links_of, render, wording_of
from outreach.wording import check_edited, finding
from salesapp.staff.limits import consume
from salesapp.staff.models import Employee


@dataclass(frozen=True, slots=True)
class Written:
    """``name`` is the message's name outside: opaque."""

    name: str
    state: Message.State


@transaction.atomic
def write_to_member(
    *, by: Employee, member: str, version_id: int, channel: Channel, category_id: int, text: str,
    drafted_at: datetime | None = None,
) -> Written:  # fmt: skip
    """Send a member (public id) whom ``by`` has just looked up this text, which began as a draft of that version.

    ``text`` is whole, with {link} and {unsubscribe} where the draft had them. The claim of the member's month, the
    text and the job that sends it are one transaction. With ``drafted_at`` the look-up counts that was fresh then.
    A version that a newer one has replaced may be sent for as long as a draft of it may wait on a phone, one whose
    template is out of use not at all.

    Raises NotWritable with the guard's refusal, WordingRefused, Member.DoesNotExist for whoever was not looked
    up, Need.DoesNotExist for who does not need the category, TooManyRequests, LimiterUnavailable; nothing is
    stored then.
    """
    consume(group="message", key=str(by.pk), rates=settings.MESSAGE_LIMITS)
    member_id = looked_up_member(by, member, drafted_at)
    if category_id not in needed_categories(member_id):
        raise Need.DoesNotExist
    version = (
        TemplateVersion.objects.approved()
        .filter(template__channel=channel, template__service=False, template__is_active=True, pk=version_id)
        .select_related("template")
        .first()
    )
    if version is None or version.template.category_id not in (None, category_id):
        raise WordingRefused([finding("version", "not_usable")])
    newer = TemplateVersion.objects.approved().filter(template=version.template_id, number__gt=version.number)
    if newer.filter(approved_at__lt=Now() - KEPT).exists():  # no draft of it can be waiting any more
        raise WordingRefused([finding("version", "superseded")])
    if faults := check_edited(wording_of(version), text):
        raise WordingRefused(faults)
    facts = message_facts(version=version, member_id=member_id, category_id=category_id, sender_id=by.pk)
    try:
        drafted = render(version, facts, OPEN_LINKS)
    except FactMissing:
        raise WordingRefused([finding("category", "stale")]) from None
    if version.provider_code and text != drafted.text:
        raise WordingRefused([finding("text", "not_editable")])
    (claim,) = claim_messages(members=[member_id], channel=channel, version_id=version.pk, sender_id=by.pk)
    if claim.refusal in (Refusal.UNKNOWN_MEMBER, Refusal.OBJECTS):
        raise Member.DoesNotExist
    if claim.no is None:
        raise not_writable(member_id, claim.refusal or Refusal.LOST, channel, claim.free_at)
    links = links_of(member_id, claim.no)
    MessageText.objects.create(
        member_id=member_id, no=claim.no, subject=drafted.subject, text=fill_links(text, links),
        parameters=dict(render(version, facts, links).parameters), category_id=category_id,
    )  # fmt: skip
    defer_sending(channel=channel, pairs=[(member_id, claim.no)])
    return Written(staff_name(member_id, claim.no), Message.State.CLAIMED)
