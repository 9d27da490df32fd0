from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from outreach.models.channel import Channel


class Template(models.Model):
    """话术模板: what is said on one channel in one language; its words are in versions.

    ``service`` decides whether consent and the month are asked for. Administrators alone set it, and once a
    version is approved neither it nor channel and language can change (a trigger holds that).
    """

    code = models.SlugField(_("code"), unique=True)
    name = models.CharField(_("name"), max_length=60)
    channel = models.SmallIntegerField(_("channel"), choices=Channel)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, default="zh-hans")
    service = models.BooleanField(
        _("service message"),
        default=False,
        help_text=_("Delivery and repair only: needs no consent and does not use up the month."),
    )
    category = models.ForeignKey(
        "members.Category",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("category"),
        help_text=_("Empty: for every category."),
    )
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("template")
        verbose_name_plural = _("templates")
        constraints = [
            models.CheckConstraint(name="template_channel_is_known", condition=models.Q(channel__in=Channel.values))
        ]

    def __str__(self) -> str:
        return self.code
