from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils.translation import get_language

from members.models import Member, Need
from members.queries.needs import needed_categories
from outreach.actions.claim_messages import claim_messages
from outreach.errors import FactMissing, NothingToWrite, NotWritable
from outreach.models import Channel, Refusal, TemplateVersion
from outreach.placeholders import Placeholder
from outreach.queries.looked_up import looked_up_member
from outreach.queries.message_facts import message_facts
from outreach.queries.month_used import not_writable
from outreach.queries.rendering import OPEN_LINKS, Rendered, render, wording_of
from outreach.wording import check_edited
from salesapp.staff.limits import consume
from salesapp.staff.models import Employee

# Of several channels that are open, the one that is drafted for
PREFERRED = (Channel.WECHAT, Channel.SMS, Channel.PUSH, Channel.EMAIL)


@dataclass(frozen=True, slots=True)
class Draft:
    """A text to begin with. Of ``text`` the part ``ending`` stays as it is, with {link} and {unsubscribe} open.

    ``needs`` are all categories that it could be about, the strongest need first. ``channels`` are those that
    there is a text for; with each, why the member is not written to on it now.
    """

    channel: Channel
    category_id: int
    needs: list[int]
    version: TemplateVersion
    subject: str
    text: str
    ending: str
    channels: dict[Channel, NotWritable | None]

    @property
    def editable(self) -> bool:
        """Not where the provider holds the words itself."""
        return not self.version.provider_code


def draft_message(
    *, by: Employee, member: str, category_id: int | None = None, channel: Channel | None = None
) -> Draft:
    """Draft a message to a member (public id) whom ``by`` has just looked up, about the strongest need or that named.

    Without a channel it is one on which the member may be written to now, or else the one that is nearest to it.
    Nothing is stored.

    Raises Member.DoesNotExist for whoever was not looked up, Need.DoesNotExist where there is none in the category,
    NothingToWrite without a text, TooManyRequests, LimiterUnavailable.
    """
    consume(group="draft", key=str(by.pk), rates=settings.LOOKUP_LIMITS)
    member_id = looked_up_member(by, member)
    needs = needed_categories(member_id)
    if not needs or category_id not in (None, *needs):
        raise Need.DoesNotExist
    about = category_id or needs[0]
    texts = dict(_texts(by, member_id, about, Channel if channel is None else [channel]))
    if not texts:
        raise NothingToWrite
    # The other channels are offered as well
    offered = texts if channel is None else dict(_texts(by, member_id, about, Channel))
    states = {each: _refusal(by, member_id, each) for each in offered}
    if channel is None:
        channel = min((each for each in PREFERRED if each in texts), key=lambda each: _far_from_open(states[each]))
    version, rendered = texts[channel]
    return Draft(channel, about, needs, version, rendered.subject, rendered.text, wording_of(version).ending, states)


def _far_from_open(refused: NotWritable | None) -> int:
    """0 where the member may be written to; more, the earlier in the order of refusals it is refused."""
    return 0 if refused is None else len(Refusal) - list(Refusal).index(Refusal(refused.refusal))


def _texts(
    by: Employee, member_id: int, category_id: int, channels: Sequence[Channel] | type[Channel]
) -> Iterator[tuple[Channel, tuple[TemplateVersion, Rendered]]]:
    """The best text of each channel that has one: about this very category, in the reader's language, with the
    neighbours' model."""
    fitting = TemplateVersion.objects.current().filter(template__service=False, template__channel__in=list(channels))
    language = get_language()
    ranked = sorted(
        (version for version in fitting if version.template.category_id in (None, category_id)),
        key=lambda version: (
            version.template.language != language,
            version.template.category_id is None,
            Placeholder.NEIGHBOUR_PRODUCT not in version.placeholders,
            version.template.code,
        ),
    )
    for channel in channels:
        for version in ranked:
            if version.template.channel == channel and (rendered := _rendered(by, member_id, category_id, version)):
                yield channel, (version, rendered)
                break


def _rendered(by: Employee, member_id: int, category_id: int, version: TemplateVersion) -> Rendered | None:
    """None where something that the template asks for is not known, or would not be let through."""
    facts = message_facts(version=version, member_id=member_id, category_id=category_id, sender_id=by.pk)
    try:
        rendered = render(version, facts, OPEN_LINKS)
    except FactMissing:
        return None
    return None if check_edited(wording_of(version), rendered.text) else rendered


def _refusal(by: Employee, member_id: int, channel: Channel) -> NotWritable | None:
    """Why the member is not written to on the channel now: the guard is asked for the message, and it is taken back.

    So the rules stand in one place, and what is shown is what sending would meet.
    """
    with transaction.atomic():
        (claim,) = claim_messages(members=[member_id], channel=channel, version_id=0, sender_id=by.pk)
        transaction.set_rollback(True)
    if claim.refusal is None:
        return None
    if claim.refusal in (Refusal.UNKNOWN_MEMBER, Refusal.OBJECTS):
        raise Member.DoesNotExist
    return not_writable(member_id, claim.refusal, channel, claim.free_at)
