"""The rules of retention of this app.

The right to send is none of the rows here: it is the guard's, which stays. Consents are kept while the member is.
"""

from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from geo.retention import Retained, Rows, Rule, older
from outreach.models import Click, Delivery, Message, MessageText, Recipient, Reply, RequestKey, SentCode

_HALF_A_YEAR = 183  # longer than a month, than the 104 days that results grow, than the 5 months of proof


def _texts_over(before: datetime) -> Rows:
    """Of messages that were settled before, or are gone."""
    own = Message.objects.filter(member_id=OuterRef("member_id"), no=OuterRef("no"))
    settled = own.values("settled_at")[:1]
    return MessageText.objects.filter(~Exists(own.filter(Q(settled_at=None) | Q(settled_at__gte=before)))).annotate(
        settled_at=settled
    )


def _recipients_over(before: datetime) -> Rows:
    return Recipient.objects.filter(broadcast__ends_at__lt=before).annotate(ended_at=F("broadcast__ends_at"))


RETAINED = [
    Rule(
        "request_keys", label=_("answers to repeated requests"), days=2, least=1, most=31,
        why=_("Idempotency-Keys with the answers they got: callers may repeat a request for 24 hours."),
        tables=(older(RequestKey, "created_at"),),
    ),
    Rule(
        "message_texts", label=_("texts of messages"), days=_HALF_A_YEAR, least=31, most=1096,
        why=_("What salespeople wrote, counted from when it left: for complaints. Templates stay."),
        tables=(Retained(MessageText, _texts_over, "settled_at"),),
    ),
    Rule(
        "messages", label=_("messages sent"), days=1096, least=_HALF_A_YEAR, most=3660,
        why=_("That a message was sent, when and by whom, with receipts and clicks: proof that the month was kept."),
        tables=(older(Message, "settled_at"), older(Delivery, "reported_at"), older(Click, "first_at"),
                older(SentCode, "handed_over_at")),
    ),
    Rule(
        "replies", label=_("replies"), days=1096, least=_HALF_A_YEAR, most=3660,
        why=_("That a member wrote back, without what: proof that a withdrawal was heard."),
        tables=(older(Reply, "at"),),
    ),
    Rule(
        "recipients", label=_("recipients of broadcasts"), days=400, least=_HALF_A_YEAR, most=1096,
        why=_("Who a broadcast was to, counted from its end; its results stay."),
        tables=(Retained(Recipient, _recipients_over, "ended_at"),),
    ),
]  # fmt: skip
