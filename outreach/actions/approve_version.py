from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models.functions import Now

from outreach.actions.save_template import findings
from outreach.channels import holds_texts
from outreach.errors import NotApprovable, WordingRefused
from outreach.models import Template, TemplateVersion
from outreach.queries.rendering import wording_of
from outreach.wording import finding
from salesapp.staff.models import Employee
from salesapp.staff.permissions import Permission


@transaction.atomic
def approve_version(*, by: Employee, version_id: int, seen: str) -> TemplateVersion:
    """A second administrator lets a version be sent. ``seen`` is the fingerprint of the wording that was read.

    Raises NotApprovable when it was approved already, was written by ``by``, or is no longer what was read;
    WordingRefused when the rules have changed since it was saved, or the id is missing that the channel's provider
    knows it by; PermissionDenied.
    """
    if not by.may(Permission.USE_ADMIN):
        raise PermissionDenied
    Template.objects.select_for_update().get(versions=version_id)
    version = TemplateVersion.objects.select_related("template").get(pk=version_id)
    if version.approved_at or version.created_by_id == by.pk or wording_of(version).fingerprint != seen:
        raise NotApprovable
    found = findings(version)
    if holds_texts(version.template.channel) and not version.provider_code:
        found.append(finding("provider_code", "no_provider_code"))
    if found:
        raise WordingRefused(found)
    version.approved_by, version.approved_at = by, Now()
    version.save(update_fields=["approved_by", "approved_at"])
    version.refresh_from_db()
    return version
