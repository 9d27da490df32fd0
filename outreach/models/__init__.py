from outreach.models.channel import Channel
from outreach.models.click import Click
from outreach.models.message_text import MessageText
from outreach.models.refusal import Refusal
from outreach.models.request_key import RequestKey
from outreach.models.template import Template
from outreach.models.template_version import TemplateVersion

__all__ = ["Channel", "Click", "MessageText", "Refusal", "RequestKey", "Template", "TemplateVersion"]
