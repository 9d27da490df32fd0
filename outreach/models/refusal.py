from django.db import models
from django.utils.translation import gettext_lazy as _


class Refusal(models.TextChoices):
    """Why a member is not written to. A member is counted under the first that applies, in this order.

    The codes are those of the functions in the database; the labels are for reports. What a salesperson reads
    is the business of the page.
    """

    UNKNOWN_MEMBER = "unknown_member", _("no such member")
    OBJECTS = "objects", _("objects to profiling")
    NO_ADDRESS = "no_address", _("no address on this channel")
    NO_CONSENT = "no_consent", _("no consent on this channel")
    MONTH_USED = "month_used", _("contacted within the month")
    QUIET_HOURS = "quiet_hours", _("quiet hours")
    SENDING_OFF = "sending_off", _("sending is switched off")
    WRONG_GENERATION = "wrong_generation", _("a restored copy may not send")
    CLOSED = "closed", _("sending is closed after a restore")
    EXPIRED = "expired", _("not sent in time")
    NO_NEED = "no_need", _("no need any more")
    OUTRANKED = "outranked", _("wanted by a broadcast of higher priority")
    STOPPED = "stopped", _("the broadcast was stopped")
    LOST = "lost", _("no longer held")
