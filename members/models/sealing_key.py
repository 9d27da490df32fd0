from django.db import models
from django.db.models.functions import Now


class SealingKey(models.Model):
    """The public half of a data key: with it the web seals what only holders of DATA_KEYS can open.

    ``tag`` is a keyed hash of it under the index key, so that nobody who writes this table puts in a key of their own.
    """

    key_id = models.CharField(max_length=255, primary_key=True)
    public = models.BinaryField(max_length=32)
    tag = models.BinaryField(max_length=16)
    published_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.key_id
