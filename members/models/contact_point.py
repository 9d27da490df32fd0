from django.db import models


class ContactPoint(models.Model):
    """An address of a member. Found by ``bidx``, readable only with a data key.

    ``bidx`` is HMAC-SHA-256 (first 16 bytes) of the canonical value under the index key; ``ciphertext`` is
    made by members.vault with the member's id and the column as associated data, so that a value moved to
    another row does not open.
    """

    class Channel(models.IntegerChoices):
        PHONE = 1
        EMAIL = 2
        PUSH = 3  # the app's device token
        WECHAT = 4  # the member's id towards the company's WeChat account

    pk = models.CompositePrimaryKey("channel", "bidx")
    channel = models.SmallIntegerField(choices=Channel)
    bidx = models.BinaryField(max_length=16)
    member_id = models.BigIntegerField()
    ciphertext = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["member_id"], name="contact_point_member")]

    def __str__(self) -> str:
        return f"address of member {self.member_id}"
