from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from geo.retention import RULES


class StaffConfig(AppConfig):
    name = "salesapp.staff"
    label = "staff"
    verbose_name = _("Staff")

    def ready(self) -> None:
        from salesapp.staff.retained import RETAINED  # noqa: PLC0415 - needs the models

        RULES.extend(RETAINED)
