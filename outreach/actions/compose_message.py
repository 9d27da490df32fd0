from datetime import UTC, datetime, timedelta
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from django.db import transaction
from django.db.models.functions import Now

from members.errors import NotAPhoneNumber
from members.index_key import generations_to_ask, steady_hashes
from members.models import ContactPoint, Tombstone
from members.vault import contact_place, decrypt, keyed_hash
from outreach.address_hash import hashed_as
from outreach.channels.protocol import Outgoing
from outreach.errors import FactMissing, NotComposable
from outreach.message_token import token
from outreach.models import Broadcast, Channel, Message, MessageText, Refusal, TemplateVersion
from outreach.models.contact_policy import MONTH_HOURS
from outreach.queries.message_facts import message_facts
from outreach.queries.rendering import links_of, render


def compose_message(message: Message) -> Outgoing:
    """The message as it will leave, its address opened; ``handed_over_at`` is for the hand-over to set.

    Raises NotComposable where this message can never leave: the member has no address on the channel, it does not
    open, is not the one that it is filed as or was erased less than a month ago, or the template asks for what is not
    known of the member's neighbours. Raises NoDataKey in a process without the data keys, IndexKeyMissing in one
    without the newest of those.
    """
    address = _address(message)
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


def _address(message: Message) -> str:
    """Of several (two members became one) the one with the lowest hash: always the same.

    It is the address that its row is found by: the web can seal any number for any member, but files a number under
    its hash once, so that nobody is two members. Raises IndexKeyMissing where this process cannot tell.
    """
    if len(generations_to_ask()) == 1:
        address, is_its_own = _opened(message)
        if is_its_own:
            return address
    # While the index key is changed the row and what it is compared with must be of one moment
    with transaction.atomic(), steady_hashes():
        address, is_its_own = _opened(message)
    if not is_its_own:
        raise NotComposable("address_of_another_hash")
    return address


def _opened(message: Message) -> tuple[str, bool]:
    """The address, and whether the row it stands in is the one of its hash."""
    row = (
        ContactPoint.objects.filter(member_id=message.member_id, channel=message.channel)
        .order_by("bidx")
        .values_list("bidx", "ciphertext")
        .first()
    )
    if row is None:
        raise NotComposable(Refusal.NO_ADDRESS)
    bidx, sealed = map(bytes, row)
    # Registering holds the member for as long; this one was filed by other means
    lately = Tombstone.objects.filter(bidx=bidx, erased_at__gt=Now() - timedelta(hours=MONTH_HOURS))
    if not message.service and lately.exists():
        raise NotComposable(Refusal.MONTH_USED)
    try:
        address = decrypt(sealed, contact_place(message.member_id)).decode()
        return address, bidx == keyed_hash(*hashed_as(Channel(message.channel), address))
    except InvalidTag:
        raise NotComposable("address_does_not_open") from None
    except (NotAPhoneNumber, UnicodeDecodeError):
        raise NotComposable("address_is_none") from None
