from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from members.models import Category
from outreach.actions.save_template import findings
from outreach.channels import holds_texts
from outreach.default_templates import DEFAULT_TEMPLATES
from outreach.errors import WordingRefused
from outreach.models import Template, TemplateVersion
from salesapp.staff.models import Employee


@dataclass(frozen=True, slots=True)
class LoadedTemplates:
    """``kept`` were there already; ``left_out`` are codes of templates whose category the catalogue lacks."""

    created: int
    kept: int
    left_out: tuple[str, ...]


@transaction.atomic
def load_default_templates(*, by: Employee) -> LoadedTemplates:
    """Add the default templates that are missing, by code, approved by ``by``: their author is the software.

    Where the channel's provider holds the texts they wait unapproved for the id that it gives them. They lead to
    the first of LANDING_HOSTS. One that is there stays as its administrators left it. Raises WordingRefused where
    there is no such host.
    """
    categories = dict(Category.objects.values_list("code", "pk"))
    known = set(Template.objects.values_list("code", flat=True))
    created, left_out = 0, []
    host = next(iter(settings.LANDING_HOSTS), "")
    for default in DEFAULT_TEMPLATES:
        if default.code in known:
            continue
        if default.category and default.category not in categories:
            left_out.append(default.code)
            continue
        template = Template(
            code=default.code, name=default.name, channel=default.channel, language=default.language,
            category_id=categories.get(default.category), service=default.service,
        )  # fmt: skip
        version = TemplateVersion(
            template=template, number=1, subject=default.subject, body=default.body,
            landing_url=f"https://{host}/{default.page}" if default.page else "",
        )  # fmt: skip
        if not holds_texts(default.channel):
            version.approved_by, version.approved_at = by, Now()
        if found := findings(version):
            raise WordingRefused(found)
        template.save()
        version.template = template
        version.save()
        created += 1
    return LoadedTemplates(created, len(DEFAULT_TEMPLATES) - created - len(left_out), tuple(left_out))
