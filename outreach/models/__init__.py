from outreach.models.audience_cell import AudienceCell
from outreach.models.audience_member import AudienceMember
from outreach.models.broadcast import Broadcast
from outreach.models.channel import Channel
from outreach.models.click import Click
from outreach.models.contact_guard import ContactGuard
from outreach.models.contact_merge import ContactMerge
from outreach.models.contact_policy import ContactPolicy
from outreach.models.delivery import Delivery
from outreach.models.early_receipt import EarlyReceipt
from outreach.models.message import Message
from outreach.models.message_entry import MessageEntry
from outreach.models.message_text import MessageText
from outreach.models.outcome import Outcome
from outreach.models.recipient import Recipient
from outreach.models.refusal import Refusal
from outreach.models.reply import Reply
from outreach.models.request_key import RequestKey
from outreach.models.sent_code import SentCode
from outreach.models.team_week import TeamWeek
from outreach.models.template import Template
from outreach.models.template_version import TemplateVersion

__all__ = [
    "AudienceCell",
    "AudienceMember",
    "Broadcast",
    "Channel",
    "Click",
    "ContactGuard",
    "ContactMerge",
    "ContactPolicy",
    "Delivery",
    "EarlyReceipt",
    "Message",
    "MessageEntry",
    "MessageText",
    "Outcome",
    "Recipient",
    "Refusal",
    "Reply",
    "RequestKey",
    "SentCode",
    "TeamWeek",
    "Template",
    "TemplateVersion",
]
