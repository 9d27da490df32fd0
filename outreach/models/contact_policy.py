from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

MONTH_HOURS = 744  # 31 days: both a rolling month and never two in a calendar month


class ContactPolicy(models.Model):
    """The one row that every claim and every hand-over reads. Its floor is in the database itself.

    ``sending_on`` is the kill switch. ``generation`` and ``fingerprint`` (server, database and timeline) tell a
    restored copy from the original; ``closed_until`` closes everything after a restore, until what was sent
    meanwhile is known or a month has passed. Broadcasts to more than ``approval_above`` members need a second
    person.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    month_hours = models.PositiveIntegerField(
        _("hours between two messages"), default=MONTH_HOURS, validators=[MinValueValidator(MONTH_HOURS)]
    )
    approval_above = models.PositiveIntegerField(_("members above which a second person approves"), default=1000)
    sending_on = models.BooleanField(_("sending is on"), default=True, editable=False)
    generation = models.PositiveIntegerField(_("generation"), default=1, editable=False)
    fingerprint = models.TextField(editable=False)
    closed_until = models.DateTimeField(_("closed until"), null=True, editable=False)

    class Meta:
        verbose_name = _("contact policy")
        verbose_name_plural = _("contact policy")
        constraints = [
            models.CheckConstraint(name="contact_policy_is_one", condition=models.Q(id=1)),
            models.CheckConstraint(name="contact_policy_month", condition=models.Q(month_hours__gte=MONTH_HOURS)),
        ]

    def __str__(self) -> str:
        return str(_("contact policy"))
