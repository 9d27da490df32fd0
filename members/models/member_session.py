from django.db import models
from django.db.models.functions import Now


class MemberSession(models.Model):
    """A member who showed with a code that the phone is theirs, on the page of what is held of them.

    ``key`` is a keyed hash of the cookie. ``bidx`` (PhoneNumber.first_bidx) and ``masked`` are of the number that was
    typed.
    """

    key = models.BinaryField(max_length=16, primary_key=True)
    member_id = models.BigIntegerField(db_index=True)
    bidx = models.BinaryField(max_length=16)
    masked = models.CharField(max_length=20)
    begun_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(db_default=Now(), db_index=True)

    def __str__(self) -> str:
        return f"session of member {self.member_id}"
