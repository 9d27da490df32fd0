from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class CommunityRequest(models.Model):
    """A member says that they live in another community than the one on file; the privacy officer decides."""

    member_id = models.BigIntegerField(db_index=True)
    community = models.ForeignKey("geo.Community", models.CASCADE, related_name="+")
    asked_at = models.DateTimeField(db_default=Now())
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    granted = models.BooleanField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member_id"], name="community_request_one_open", condition=Q(settled_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"community request {self.pk}"
