from django.db import models


class EarlyReceipt(models.Model):
    """A receipt that names a message only by the provider's reference, which no message of ours has yet.

    SMPP and WeChat do not repeat our name. A receipt may be quicker than the commit that keeps the reference, so
    it waits here for some hours; then it was none of ours.
    """

    pk = models.CompositePrimaryKey("provider", "reference")
    provider = models.TextField()
    reference = models.TextField()
    delivered = models.BooleanField()
    arrived_at = models.DateTimeField()
