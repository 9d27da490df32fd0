from outreach.models.channel import Channel
from outreach.models.contact_guard import ContactGuard
from outreach.models.contact_merge import ContactMerge
from outreach.models.contact_policy import ContactPolicy
from outreach.models.delivery import Delivery
from outreach.models.early_receipt import EarlyReceipt
from outreach.models.message import Message
from outreach.models.refusal import Refusal
from outreach.models.reply import Reply

__all__ = [
    "Channel",
    "ContactGuard",
    "ContactMerge",
    "ContactPolicy",
    "Delivery",
    "EarlyReceipt",
    "Message",
    "Refusal",
    "Reply",
]
