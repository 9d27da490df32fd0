from outreach.models.channel import Channel
from outreach.models.contact_guard import ContactGuard
from outreach.models.contact_merge import ContactMerge
from outreach.models.contact_policy import ContactPolicy
from outreach.models.message import Message
from outreach.models.refusal import Refusal

__all__ = ["Channel", "ContactGuard", "ContactMerge", "ContactPolicy", "Message", "Refusal"]
