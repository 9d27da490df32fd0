from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from geo.retention import RULES
from members.hooks import HOOKS, MemberHook


class OutreachConfig(AppConfig):
    name = "outreach"
    verbose_name = _("Outreach")

    def ready(self) -> None:
        from outreach.actions.forget_member import forget_member  # noqa: PLC0415 - these need the models
        from outreach.actions.merge_guards import merge_guards  # noqa: PLC0415
        from outreach.actions.split_guards import split_guards  # noqa: PLC0415
        from outreach.retained import RETAINED  # noqa: PLC0415

        RULES.extend(RETAINED)
        HOOKS.append(MemberHook("outreach", on_merge=merge_guards, on_split=split_guards, on_erase=forget_member))
