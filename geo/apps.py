from contextlib import suppress
from typing import Any

from django.apps import AppConfig
from django.apps import apps as registry
from django.apps.registry import Apps
from django.db.models.signals import post_migrate
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from geo.retention import RULES


class GeoConfig(AppConfig):
    name = "geo"
    verbose_name = _("Places")

    def ready(self) -> None:
        from geo.retained import RETAINED  # noqa: PLC0415 - needs the models

        RULES.extend(RETAINED)
        post_migrate.connect(_write_rules, sender=self)


def _write_rules(using: str, apps: Apps = registry, **_: Any) -> None:
    """A row for each rule that has none, so that administrators find it; what they said stays."""
    with suppress(LookupError):  # migrated back to where there was none
        rows = apps.get_model("geo", "RetentionRule")._base_manager.using(using)
        now = timezone.now()
        missing = (rows.model(name=rule.name, days=rule.days, changed_at=now) for rule in RULES)
        rows.bulk_create(missing, ignore_conflicts=True)
