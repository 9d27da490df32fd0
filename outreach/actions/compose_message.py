from datetime import UTC, datetime
from functools import lru_cache

from cryptography.exceptions import InvalidTag

from members.models import ContactPoint
from members.vault import decrypt
from outreach.channels.protocol import Outgoing
from outreach.errors import FactMissing, NotComposable
from outreach.message_token import token
from outreach.models import Broadcast, Message, MessageText, Refusal, TemplateVersion
from outreach.queries.message_facts import message_facts
from outreach.queries.rendering import links_of, render


def compose_message(message: Message) -> Outgoing:
    """The message as it will leave, its address opened; ``handed_over_at`` is for the hand-over to set.

    Raises NotComposable where this message can never leave: the member has no address on the channel, the address
    does not open, or the template asks for what is not known of the member's neighbours. Raises NoDataKey in a
    process without the data keys.
    """
    address = _address(message.member_id, message.channel)
    version = _version(message.version_id)
    written = MessageText.objects.filter(pk=(message.member_id, message.no)).first()
    links = links_of(message.member_id, message.no)
    if written:
        subject, text, parameters = written.subject, written.text, written.parameters
    else:
        facts = message_facts(
            version=version,
            member_id=message.member_id,
            category_id=_category(message.broadcast_id),
            sender_id=message.sender_id,
        )
        try:
            rendered = render(version, facts, links)
        except FactMissing:
            raise NotComposable("fact_missing") from None
        subject, text, parameters = rendered.subject, rendered.text, rendered.parameters
    return Outgoing(
        name=token(message.member_id, message.no),
        address=address,
        subject=subject,
        text=text,
        provider_code=version.provider_code,
        parameters=parameters,
        unsubscribe_url=links.unsubscribe,
        handed_over_at=datetime.min.replace(tzinfo=UTC),
    )


@lru_cache(maxsize=512)
def _version(version_id: int) -> TemplateVersion:
    """Approved versions never change, so a process keeps them."""
    return TemplateVersion.objects.select_related("template").get(pk=version_id)


@lru_cache(maxsize=512)
def _category(broadcast_id: int | None) -> int | None:
    """What a broadcast is about never changes either."""
    if broadcast_id is None:
        return None
    return Broadcast.objects.values_list("category_id", flat=True).get(pk=broadcast_id)


def _address(member_id: int, channel: int) -> str:
    """Of several (two members became one) the one with the lowest hash: always the same."""
    sealed = (
        ContactPoint.objects.filter(member_id=member_id, channel=channel)
        .order_by("bidx")
        .values_list("ciphertext", flat=True)
        .first()
    )
    if sealed is None:
        raise NotComposable(Refusal.NO_ADDRESS)
    try:
        return decrypt(bytes(sealed), f"{member_id}:contact_point.ciphertext").decode()
    except InvalidTag:
        raise NotComposable("address_does_not_open") from None
