from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models.functions import Now

from outreach.errors import Finding, WordingRefused
from outreach.landing import is_landing_page
from outreach.models import Template, TemplateVersion
from outreach.queries.rendering import wording_of
from outreach.wording import check_plain, check_template, finding
from salesapp.staff.models import Employee
from salesapp.staff.permissions import Permission

FIXED = ("channel", "language", "service")  # from the first approval on
WORDS = ("subject", "body", "landing_url", "provider_code")


def findings(version: TemplateVersion) -> list[Finding]:
    """Everything that keeps these words, and their template as it stands there, from being saved; by field."""
    found = check_template(wording_of(version))
    if version.landing_url and not is_landing_page(version.landing_url):
        found.append(finding("landing_url", "landing_host"))
    template = version.template
    found += check_plain("name", template.name)
    if template.pk and template.versions.approved().exists():
        before = Template.objects.get(pk=template.pk)
        found += [finding(name, "fixed") for name in FIXED if getattr(before, name) != getattr(template, name)]
    return found


@transaction.atomic
def save_template(*, by: Employee, version: TemplateVersion) -> TemplateVersion:
    """Save ``version.template`` and its words: as a new version, or over the latest while nobody has approved it.

    Gives the version that has the words; the same words again make no new one. Raises WordingRefused, which
    names every fault, and PermissionDenied for who does not keep the books; then nothing is saved.
    """
    if not by.may(Permission.USE_ADMIN):
        raise PermissionDenied
    template = version.template
    if template.pk:
        Template.objects.select_for_update().get(pk=template.pk)
    if found := findings(version):
        raise WordingRefused(found)
    template.save()
    latest = template.versions.order_by("-number").first()
    if latest and all(getattr(latest, name) == getattr(version, name) for name in WORDS):
        return latest
    if latest and not latest.approved_at:
        version.pk, version.number = latest.pk, latest.number
        version._state.adding = False
    else:
        version.number = latest.number + 1 if latest else 1
    version.template, version.created_by, version.created_at = template, by, Now()
    version.save()
    version.refresh_from_db()
    return version
