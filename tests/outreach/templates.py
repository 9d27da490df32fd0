"""Approved templates for tests."""

from django.db.models.functions import Now

from outreach.models import Channel, Template, TemplateVersion
from outreach.queries.rendering import wording_of
from outreach.wording import check_template
from salesapp.staff.models import Employee
from salesapp.staff.permissions import Role

SMS_BODY = (
    "您好，我是{store}的{salesperson}。邻居常选{neighbour_product}，欢迎来看{category}。"
    "{link} 退订{unsubscribe} 拒收请回复R"
)
LANDING = "https://shop.example.com/fridge"


def make_template(code: str = "sms", channel: Channel = Channel.SMS, **fields: object) -> Template:
    return Template.objects.create(**{"code": code, "name": code, "channel": channel, "language": "zh-hans", **fields})


def make_version(template: Template | None = None, body: str = SMS_BODY, **fields: object) -> TemplateVersion:
    """The next version, approved; its words keep the rules."""
    template = template or make_template()
    usual = {
        "number": template.versions.count() + 1,
        "landing_url": LANDING if "{link}" in body else "",
        "subject": "新品到店" if template.channel in {Channel.EMAIL, Channel.PUSH} else "",
        "approved_by": Employee.objects.get_or_create(
            employee_no="approver", defaults={"name": "approver", "role": Role.ADMINISTRATOR}
        )[0],
        "approved_at": Now(),
    }
    version = TemplateVersion.objects.create(template=template, body=body, **(usual | fields))
    assert check_template(wording_of(version)) == []
    version.refresh_from_db()
    return version
