from django.db import models


class ContactMerge(models.Model):
    """That the guards of two members were made one (or two again), and when. Written by SQL functions only."""

    loser = models.BigIntegerField()
    winner = models.BigIntegerField()
    at = models.DateTimeField()
    undone = models.BooleanField()

    class Meta:
        indexes = [models.Index(fields=["at"], name="contact_merge_at")]
