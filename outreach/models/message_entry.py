from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from outreach.models.channel import Channel
from outreach.models.message import Message


class MessageEntry(models.Model):
    """A row of the ledger of messages (Message) as the admin lists it: Django's admin takes no composite key.

    ``member_id`` stands for the key and is none: a single row is not looked up by it.
    """

    member_id = models.BigIntegerField(primary_key=True)
    no = models.IntegerField(_("message"))
    state = models.SmallIntegerField(_("state"), choices=Message.State)
    channel = models.SmallIntegerField(_("channel"), choices=Channel)
    service = models.BooleanField(_("service message"))
    version = models.ForeignKey(
        "outreach.TemplateVersion", models.DO_NOTHING, related_name="+", db_constraint=False, verbose_name=_("template")
    )
    broadcast = models.ForeignKey(
        "outreach.Broadcast", models.DO_NOTHING, null=True, related_name="+", db_constraint=False,
        verbose_name=_("broadcast"),
    )  # fmt: skip
    sender = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, related_name="+", db_constraint=False,
        verbose_name=_("sender"),
    )  # fmt: skip
    claimed_at = models.DateTimeField(_("granted"))
    handover_at = models.DateTimeField(_("handed over"), null=True)
    reason = models.TextField(_("reason"), null=True)

    class Meta:
        managed = False
        db_table = "outreach_message"
        verbose_name = _("message")
        verbose_name_plural = _("messages")

    def __str__(self) -> str:
        return f"message {self.no}"
