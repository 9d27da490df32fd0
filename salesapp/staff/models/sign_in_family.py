import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone


class SignInFamilyQuerySet(models.QuerySet["SignInFamily"]):
    def revoke(self, because: str) -> int:
        """End these sign-ins now; one that has ended keeps its first reason. Gives how many were ended."""
        return self.filter(revoked_at=None).update(revoked_at=timezone.now(), revoked_because=because)


class SignInFamily(models.Model):
    """One sign-in and all refresh tokens that descend from it. Only ids are kept, never a token.

    ``second_step``: a code of the authenticator app was taken. Without it the sign-in is worth nothing to a role of
    TWO_FACTOR_ROLES, also one that came later.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    employee = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="sign_ins")
    started_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    second_step = models.BooleanField(default=False, db_default=False)
    revoked_at = models.DateTimeField(null=True)
    revoked_because = models.CharField(max_length=20, blank=True)

    objects = SignInFamilyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="sign_in_family_revoked_has_reason",
                condition=models.Q(revoked_at=None, revoked_because="")
                | (models.Q(revoked_at__isnull=False) & ~models.Q(revoked_because="")),
            )
        ]


class SpentRefresh(models.Model):
    """A refresh token that was used. The primary key decides a race: the second insert of a jti fails."""

    jti = models.UUIDField(primary_key=True)
    family = models.ForeignKey(SignInFamily, models.CASCADE, related_name="spent")
    spent_at = models.DateTimeField(auto_now_add=True)
