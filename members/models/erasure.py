from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Erasure(models.Model):
    """That a member is to be erased: since when, on whose word and why, and when it was done.

    From the request on the member is erased for everybody (``Member.erased_at``); a worker then deletes what is held.
    """

    class Reason(models.TextChoices):
        OWN = "own", _("by the member, on their page")
        REQUEST = "request", _("The member asks")
        COMPLAINT = "complaint", _("Complaint")
        ORDER = "order", _("Order of an authority")
        REPLAY = "replay", _("erased before the restore of a backup")

    member_id = models.BigIntegerField()
    requested_at = models.DateTimeField(db_default=Now())
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=12, choices=Reason)
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["requested_at"], name="erasure_to_do", condition=Q(done_at=None))]

    def __str__(self) -> str:
        return f"erasure {self.pk}"
