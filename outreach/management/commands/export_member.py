import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder

from members.errors import BeingErased, UnknownMember
from members.vault import NoDataKey
from outreach.actions.act_for_member import REASONS
from outreach.actions.export_member import export_member
from outreach.errors import MayNotExport
from salesapp.staff.models import Employee


class Command(BaseCommand):
    help = (
        "Write all that is held of a member who asks for it to a new file, with addresses and what source systems sent"
        " opened. On record, as a read by the privacy officer who asks. Needs DATA_KEYS. An id that begins with - comes"
        " after --."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("member", help="the member's id, as the consents screen shows it")
        parser.add_argument("file", type=Path, help="is not there yet; readable for its owner alone")
        parser.add_argument("--by", required=True, help="employee number of the privacy officer who asks for it")
        parser.add_argument("--reason", required=True, choices=[reason.value for reason in REASONS])

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        by = Employee.objects.filter(employee_no=options["by"]).first()
        if by is None:
            raise CommandError("there is no such employee")
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise CommandError(f"the file cannot be made: {error.strerror}") from None
        try:
            with open(descriptor, "w", encoding="utf-8") as file:
                found = export_member(by=by, member=options["member"], reason=options["reason"])
                json.dump(found, file, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
        except BaseException as error:
            with suppress(OSError):
                path.unlink()
            if words := WORDS.get(type(error)):
                raise CommandError(words) from None
            raise
        self.stdout.write("written, and on record. Hand it over, then delete it: it is in clear.")


WORDS: dict[type[BaseException], str] = {
    MayNotExport: "this employee may not act for members, or has left",
    UnknownMember: "there is no such member",
    BeingErased: "this member is erased: there is nothing to copy",
    NoDataKey: "DATA_KEYS is not set, or lacks the key that the values were encrypted with",
}
