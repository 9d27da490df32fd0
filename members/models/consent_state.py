from django.db import models
from django.db.models import Q

from members.models.consent import Consent


class ConsentState(models.Model):
    """What the ledger comes to, for one member, channel and purpose. No row means no.

    A yes counts while it was said later than the latest no: an older yes that arrives late changes nothing, and
    of two said at the same moment the no counts. "Every channel" is not stored: a no to all of them is one to
    each. A hand-over locks the row FOR SHARE, so that a withdrawal comes wholly before it or after it.
    """

    pk = models.CompositePrimaryKey("member_id", "channel", "purpose")
    member_id = models.BigIntegerField()
    channel = models.SmallIntegerField(choices=Consent.Channel)
    purpose = models.SmallIntegerField(choices=Consent.Purpose)
    given_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    given = models.GeneratedField(
        expression=models.ExpressionWrapper(
            Q(given_at__isnull=False) & (Q(withdrawn_at__isnull=True) | Q(given_at__gt=models.F("withdrawn_at"))),
            output_field=models.BooleanField(),
        ),
        output_field=models.BooleanField(),
        db_persist=True,
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="consent_state_channel_of_its_purpose",
                condition=Q(purpose=1, channel__range=(1, 4)) | Q(purpose=2, channel=0),
            )
        ]
