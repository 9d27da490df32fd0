from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.IntegerChoices):
    """How a message goes out. The address of a channel is the member's ContactPoint of the same number."""

    SMS = 1, _("SMS")
    EMAIL = 2, _("e-mail")
    PUSH = 3, _("app push")
    WECHAT = 4, _("WeChat")
