from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _


class Consent(models.Model):
    """One thing a member said about being written to: the ledger, which only grows.

    Written by the SQL function members_record_consent alone; a trigger refuses to change or delete rows.
    ``said_at`` is when the member said it and decides which of two sayings counts (ConsentState);
    ``recorded_at`` is when it took effect here, by the database's clock and in the order of hand-overs.
    ``by_employee`` has no foreign key, like ``member_id``, so that the table can be distributed by member.

    The table's key is (member_id, id), for hash partitions; Django's admin takes no composite one, so it knows
    ``id``, a number from one sequence. Nothing looks a row up by it.
    """

    class Channel(models.IntegerChoices):
        EVERY = 0, _("every channel")
        SMS = 1, _("SMS")
        EMAIL = 2, _("e-mail")
        PUSH = 3, _("app push")
        WECHAT = 4, _("WeChat")

    class Purpose(models.IntegerChoices):
        MARKETING = 1, _("marketing")
        PROFILING = 2, _("profiling")  # given=False is an objection; no row is none

    class Source(models.TextChoices):
        STORE = "store", _("in store")
        FORM = "form", _("registration form")
        OWN_PAGE = "own_page", _("own page")
        PHONE = "phone", _("on the phone")
        OFFICE = "office", _("privacy office")
        IMPORT = "import", _("import")
        UNSUBSCRIBE_LINK = "unsubscribe_link", _("unsubscribe link")
        REPLY = "reply", _("reply to a message")
        MERGE = "merge", _("merge of two members")

    id = models.BigAutoField(primary_key=True)
    member_id = models.BigIntegerField()
    channel = models.SmallIntegerField(_("channel"), choices=Channel)
    purpose = models.SmallIntegerField(_("purpose"), choices=Purpose)
    given = models.BooleanField(_("given"))
    # Without a constraint, which would search the ledger when a wording is deleted; a trigger keeps those in use
    wording = models.ForeignKey(
        "members.ConsentWording", models.DO_NOTHING, null=True, related_name="+", db_index=False, db_constraint=False,
        verbose_name=_("wording"),
    )  # fmt: skip
    source = models.CharField(_("source"), max_length=16, choices=Source)
    said_at = models.DateTimeField(_("said"))
    recorded_at = models.DateTimeField(_("recorded"))
    by_employee = models.BigIntegerField(null=True)
    # ip, store, form, message, record: opaque names, never a value
    evidence = models.JSONField(_("evidence"))

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        # What was said lately: the audience is an hourly table and this
        indexes = [BrinIndex(fields=["recorded_at"], name="consent_recorded", pages_per_range=16)]
        constraints = [
            models.CheckConstraint(name="consent_channel_known", condition=models.Q(channel__range=(0, 4))),
            models.CheckConstraint(
                name="consent_source_known",
                condition=models.Q(
                    source__in=[
                        "store", "form", "own_page", "phone", "office", "import", "unsubscribe_link", "reply", "merge",
                    ]
                ),
            ),
            # Somebody else may have the phone in hand, or a scanner opens every link
            models.CheckConstraint(
                name="consent_links_and_replies_only_withdraw",
                condition=models.Q(given=False) | ~models.Q(source__in=["unsubscribe_link", "reply"]),
            ),
            # A yes is one to a channel; a no may be one to all. Profiling has no channel.
            models.CheckConstraint(
                name="consent_channel_of_its_purpose",
                condition=models.Q(purpose=1, channel__gt=0)
                | models.Q(purpose=1, given=False)
                | models.Q(purpose=2, channel=0),
            ),
            models.CheckConstraint(
                name="consent_said_before_recorded", condition=models.Q(said_at__lte=models.F("recorded_at"))
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"consent {self.pk}"
