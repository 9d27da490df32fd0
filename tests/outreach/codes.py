"""What registering and signing in need: a worker's sealing key, the texts of the codes, what is asked in the store."""

import re

from django.utils import timezone

from members.actions.publish_sealing_key import publish_sealing_key
from members.models import Consent, ConsentWording
from outreach.default_templates import CODE_TEMPLATES, DEFAULT_TEMPLATES
from outreach.models import Template, TemplateVersion
from salesapp.staff.models import Employee
from salesapp.staff.permissions import Role
from tests.outreach.recording_channel import RecordingChannel

TEXTS = {
    ("sms-1", Consent.Channel.SMS, Consent.Purpose.MARKETING): "同意接收短信优惠",
    ("wechat-1", Consent.Channel.WECHAT, Consent.Purpose.MARKETING): "同意接收微信消息",
    ("profiling-1", Consent.Channel.EVERY, Consent.Purpose.PROFILING): "根据购买记录推算需求",
}


def open_for_members() -> None:
    publish_sealing_key()
    approver, _ = Employee.objects.get_or_create(
        employee_no="A903", defaults={"name": "A903", "role": Role.ADMINISTRATOR}
    )
    for default in DEFAULT_TEMPLATES:
        if default.code in CODE_TEMPLATES.values():
            template = Template.objects.create(
                code=default.code, name=default.name, channel=default.channel, language=default.language, service=True
            )
            TemplateVersion.objects.create(
                template=template, number=1, body=default.body, provider_code="SMS_154000001",
                approved_by=approver, approved_at=timezone.now(),
            )  # fmt: skip
    for (version, channel, purpose), text in TEXTS.items():
        ConsentWording.objects.create(version=version, channel=channel, purpose=purpose, language="zh-hans", text=text)
        ConsentWording.objects.create(
            version=f"{version}-en", channel=channel, purpose=purpose, language="en", text=f"{version} in English"
        )


def code_in(channel: RecordingChannel) -> str:
    """The code of the message that left last."""
    found = re.search(r"\b\d{6}\b", channel.sent[-1].text, re.ASCII)
    assert found
    return found[0]
