from django.db import models
from django.db.models.functions import Now


class Verification(models.Model):
    """A code of six digits on its way to a phone, and what is to happen when somebody types it in.

    ``key`` is a keyed hash of what the browser holds, ``bidx`` that of the number
    (PhoneNumber.first_bidx). ``ciphertext`` is the number for a member of ``member_id``: the web seals it, the worker
    that sends the code puts one under a data key in its place. ``member_id`` is a number of the sequence that nobody
    has yet, or the member's own. ``told`` is what was filled in, which nobody believes before the code is right, and
    when codes left that another one replaced. ``masked`` is shown to who typed the number. The row goes with the right
    code, and an hour after the last moment at which it could be typed.
    """

    class Purpose(models.TextChoices):
        JOIN = "join"
        SIGN_IN = "sign_in"
        ERASE = "erase"

    key = models.BinaryField(max_length=16, unique=True)
    purpose = models.CharField(max_length=8, choices=Purpose)
    bidx = models.BinaryField(max_length=16)
    masked = models.CharField(max_length=20)
    member_id = models.BigIntegerField()
    ciphertext = models.BinaryField()
    language = models.CharField(max_length=10)
    store = models.ForeignKey("staff.Store", models.CASCADE, null=True, related_name="+")
    told = models.JSONField(default=dict)
    asked_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    # Once set, no second message leaves for this code
    handed_over_at = models.DateTimeField(null=True)
    code_hash = models.BinaryField(max_length=16, null=True)
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["bidx"], name="verification_bidx"),
            models.Index(fields=["expires_at"], name="verification_expires"),
        ]

    def __str__(self) -> str:
        return f"verification {self.pk}"
