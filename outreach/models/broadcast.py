from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from outreach.models.channel import Channel

LONGEST = timedelta(days=14)  # from now to the end
MOST_HELD_OUT = 50  # per cent
PRIORITIES = (1, 9)  # the higher goes first
ATTRIBUTION_DAYS = (1, 90)


class BroadcastQuerySet(models.QuerySet["Broadcast"]):
    def below(self, path: str) -> "BroadcastQuerySet":
        """Broadcasts of the region with this path and of everything under it."""
        return self.filter(region__path__startswith=path)


class Broadcast(models.Model):
    """播音台: one message to the members of an area who need something of a category.

    The area is ``region``, or within it the picked ``communities`` where there are any. ``state`` is read by the
    functions of the contact guard: messages are claimed while it is running, and leave while it is running only.
    Whoever moves it holds the advisory lock (1002, id) alone, so after the commit of a pause nothing leaves.

    ``results`` are as they are shown (outreach/queries/broadcast_results.py), measured at every change of state,
    every few minutes for two days and then every six hours; NULL until something of it has left.
    """

    class State(models.TextChoices):
        AWAITING_APPROVAL = "awaiting_approval", _("awaiting approval")
        SCHEDULED = "scheduled", _("scheduled")
        RUNNING = "running", _("running")
        PAUSED = "paused", _("paused")
        DONE = "done", _("done")
        CANCELLED = "cancelled", _("cancelled")
        EXPIRED = "expired", _("expired")

    name = models.CharField(max_length=60)
    region = models.ForeignKey("geo.Region", models.PROTECT, related_name="+")
    communities = ArrayField(models.BigIntegerField(), default=list)
    category = models.ForeignKey("members.Category", models.PROTECT, related_name="+")
    min_level = models.SmallIntegerField()
    channel = models.SmallIntegerField(choices=Channel)
    version = models.ForeignKey("outreach.TemplateVersion", models.PROTECT, related_name="+")
    priority = models.SmallIntegerField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    hold_out_percent = models.SmallIntegerField()
    attribution_days = models.SmallIntegerField()
    state = models.CharField(max_length=20, choices=State)
    reachable = models.IntegerField()  # as shown when it was planned
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    gathered_at = models.DateTimeField(null=True)
    launched_at = models.DateTimeField(null=True)
    results = models.JSONField(null=True)
    measured_at = models.DateTimeField(null=True)

    objects = BroadcastQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="broadcast_level", condition=Q(min_level__in=[3, 4])),
            models.CheckConstraint(name="broadcast_window", condition=Q(starts_at__lt=F("ends_at"))),
            models.CheckConstraint(
                name="broadcast_held_out", condition=Q(hold_out_percent__range=(0, MOST_HELD_OUT))
            ),
            models.CheckConstraint(
                name="broadcast_approved_by_another", condition=~Q(approved_by=F("created_by"))
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name

    @property
    def state_now(self) -> State:
        """``state``, but for a plan that nobody approved in time: it is over, though the job has not been by yet.

        To be shown. What moves a broadcast asks the database's clock.
        """
        state = self.State(self.state)
        late = state == self.State.AWAITING_APPROVAL and self.ends_at <= timezone.now()
        return self.State.EXPIRED if late else state
