"""What a role may do. A question is always `employee.may(Permission.X)`; where is scope's business."""

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _


class Permission(StrEnum):
    LOOK_UP_MEMBER = "look_up_member"
    WRITE_TO_MEMBER = "write_to_member"
    SEE_MAP = "see_map"
    BROADCAST = "broadcast"
    OVERSEE_BROADCASTS = "oversee_broadcasts"  # see, approve, stop
    SEE_RESULTS = "see_results"  # of one's own outreach
    SEE_TEAM_RESULTS = "see_team_results"
    USE_ADMIN = "use_admin"
    READ_ACCESS_LOG = "read_access_log"
    SEE_ALARMS = "see_alarms"
    DECIDE_ALARMS = "decide_alarms"  # let look-ups go on, or disable
    READ_CONSENTS = "read_consents"
    ACT_FOR_MEMBER = "act_for_member"  # erase them, move them: what a member asks for


class Role(models.TextChoices):
    SALESPERSON = "salesperson", _("salesperson")
    MANAGER = "manager", _("team manager")
    PRIVACY_OFFICER = "privacy_officer", _("privacy officer")
    ADMINISTRATOR = "administrator", _("administrator")


PERMISSIONS: dict[str, frozenset[Permission]] = {
    Role.SALESPERSON: frozenset(
        {Permission.LOOK_UP_MEMBER, Permission.WRITE_TO_MEMBER, Permission.SEE_MAP, Permission.SEE_RESULTS}
    ),
    Role.MANAGER: frozenset(
        {
            Permission.LOOK_UP_MEMBER,
            Permission.WRITE_TO_MEMBER,
            Permission.SEE_MAP,
            Permission.BROADCAST,
            Permission.OVERSEE_BROADCASTS,
            Permission.SEE_RESULTS,
            Permission.SEE_TEAM_RESULTS,
            Permission.SEE_ALARMS,
        }
    ),
    Role.PRIVACY_OFFICER: frozenset(
        {
            Permission.READ_ACCESS_LOG,
            Permission.READ_CONSENTS,
            Permission.ACT_FOR_MEMBER,
            Permission.SEE_ALARMS,
            Permission.DECIDE_ALARMS,
        }
    ),
    # Administrators keep the books; they neither look members up nor write to them. What members consented to they
    # may read: it is asked for where there is no privacy officer.
    Role.ADMINISTRATOR: frozenset(
        {
            Permission.SEE_MAP,
            Permission.USE_ADMIN,
            Permission.READ_ACCESS_LOG,
            Permission.READ_CONSENTS,
            Permission.SEE_ALARMS,
            Permission.DECIDE_ALARMS,
            Permission.OVERSEE_BROADCASTS,
        }
    ),
}
