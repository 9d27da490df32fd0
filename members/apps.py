from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from geo.retention import RULES


class MembersConfig(AppConfig):
    name = "members"
    verbose_name = _("Members")

    def ready(self) -> None:
        from members.retained import RETAINED  # noqa: PLC0415 - needs the models

        RULES.extend(RETAINED)
