import hashlib

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from members.models.consent import Consent


class ConsentWording(models.Model):
    """What members were asked, word by word. From its first use on it stays as it is (a trigger sees to it)."""

    version = models.SlugField(_("version"), max_length=40, unique=True)
    channel = models.SmallIntegerField(_("channel"), choices=Consent.Channel, default=Consent.Channel.EVERY)
    purpose = models.SmallIntegerField(_("purpose"), choices=Consent.Purpose, default=Consent.Purpose.MARKETING)
    language = models.CharField(_("language"), max_length=10)
    text = models.TextField(_("text"))
    valid_from = models.DateTimeField(_("valid from"), db_default=Now())
    used_at = models.DateTimeField(_("first used"), null=True, editable=False)

    class Meta:
        verbose_name = _("consent wording")
        verbose_name_plural = _("consent wordings")

    def __str__(self) -> str:
        return self.version

    @property
    def fingerprint(self) -> str:
        """Another one as soon as the text asks for something else: the id alone stays when it is edited."""
        asked = f"{self.purpose}:{self.channel}:{self.language}:{self.text}"
        return hashlib.sha256(asked.encode()).hexdigest()[:32]

    @property
    def as_read(self) -> str:
        """What a form sends back with a yes, to tell which text stood beside it."""
        return f"{self.pk}:{self.fingerprint}"
