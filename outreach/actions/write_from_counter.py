from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from members.queries.catalogue import category_id
from outreach.actions.act_once import act_once
from outreach.actions.write_to_member import write_to_member
from outreach.draft_ticket import KEPT
from outreach.errors import DraftExpired, WordingRefused
from outreach.models import Channel, TemplateVersion
from outreach.queries.rendering import wording_of
from outreach.wording import finding
from salesapp.staff.models import Employee


@dataclass(frozen=True, slots=True)
class CounterForm:
    """The counter's form as it comes. ``text`` is without its ending."""

    member: str
    version: str
    channel: str
    category: str
    text: str


@sensitive_variables("form")
def write_from_counter(*, by: Employee, key: str, form: CounterForm, drafted_at: datetime | None = None) -> None:
    """Send what the counter's form holds, once for its key, whichever way and however often it comes.

    ``drafted_at`` is when the form was made, for one that waited on the phone: it stands for the look-up before it,
    for a day.

    Raises DraftExpired after that, and what `act_once` and `write_to_member` raise; nothing is stored then.
    """

    def effect() -> dict[str, Any]:
        if drafted_at is not None and timezone.now() - drafted_at > KEPT:
            raise DraftExpired
        chosen = (
            TemplateVersion.objects.select_related("template")
            .filter(pk=form.version if form.version.isdecimal() and len(form.version) < 19 else 0)
            .first()
        )
        if chosen is None or form.channel not in Channel.__members__:
            raise WordingRefused([finding("version", "not_usable")])
        write_to_member(
            by=by, member=form.member, version_id=chosen.pk, channel=Channel[form.channel],
            category_id=category_id(form.category), text=form.text + wording_of(chosen).ending, drafted_at=drafted_at,
        )  # fmt: skip
        return {}

    act_once(by=by, key=key, asked=["counter", asdict(form)], effect=effect)
