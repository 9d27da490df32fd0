from argparse import RawDescriptionHelpFormatter
from collections.abc import Iterator
from datetime import date
from itertools import islice
from textwrap import fill
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error

from geo.management.arguments import columns_by_field, pairs, print_run
from salesapp.staff.actions.import_employees import NOT_WHOLE, Reconciled, What, import_employees
from salesapp.staff.errors import EmployeesNotImported
from salesapp.staff.hr_feed import FIELDS, Feed
from salesapp.staff.permissions import Role

SHOWN = 50  # of each kind; the report has all

_PARAGRAPHS = (
    f"fields: {', '.join(FIELDS)}; employee_no is needed, without --partial also name and role",
    f"role: {', '.join(Role.values)}, or a word named with --role. region and store: their codes. state: active or left"
    " (在职, 离职); active when empty. as_of: the day of the list.",
    "A directory's address is ldaps://host/base??sub?(filter); HR_LDAP_BIND_DN and HR_LDAP_PASSWORD sign in to it.",
)
_EXAMPLES = """\
example of a file:
  employee_no,name,role,region,store,state
  E1001,孙一,salesperson,370202,N1,active

examples:
  import_employees staff.xlsx --map 工号=employee_no --map 姓名=name --map 岗位=role --role 导购=salesperson --dry-run
  import_employees --ldap 'ldaps://hr.example.com/ou=people,dc=example,dc=com??sub?(employeeNumber=*)' \\
      --map employeeNumber=employee_no --map displayName=name --map title=role --map departmentNumber=store"""


class Command(BaseCommand):
    help = "Let those join, move and leave who do so in HR's list. Without a file or --ldap, HR_FEED is read."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        epilog = "\n".join([*(fill(text, width=78) for text in _PARAGRAPHS), "", _EXAMPLES])
        # Django's own formatter would run the lines of the example together
        parser = super().create_parser(prog_name, subcommand, epilog=epilog, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        source = parser.add_mutually_exclusive_group()
        source.add_argument("file", nargs="?", default="", help="CSV (also .gz), Excel (.xlsx) or Parquet")
        source.add_argument("--ldap", default="", metavar="ADDRESS", help="a directory instead of a file")
        parser.add_argument("--partial", action="store_true", help="who is not in the list stays")
        parser.add_argument("--dry-run", action="store_true", help="say who joins, moves and leaves; change nothing")
        parser.add_argument("--allow-leavers", type=int, default=0, metavar="N", help="so many may leave at once")
        parser.add_argument("--as-of", type=date.fromisoformat, metavar="YYYY-MM-DD", help="the day of the list")
        parser.add_argument(
            "--map", action="append", default=[], metavar="COLUMN=FIELD", help="the list's name for a field; repeatable"
        )
        parser.add_argument(
            "--role", action="append", default=[], metavar="WORD=ROLE", help="the list's word for a role; repeatable"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        address = options["ldap"] or options["file"]
        try:
            feed = (
                Feed(address, columns_by_field(options["map"]), pairs(options["role"], "WORD=ROLE"))
                if address
                else Feed.of_settings()
            )
            done = import_employees(
                feed=feed, partial=options["partial"], dry_run=options["dry_run"],
                allow_leavers=options["allow_leavers"], as_of=options["as_of"],
            )  # fmt: skip
        except EmployeesNotImported as error:
            raise CommandError(str(error)) from None
        except Error as error:
            # the server's own text may quote a row
            raise CommandError(f"the database refused it ({type(error).__name__}); nothing was changed") from None
        for line in _lines(done):
            self.stdout.write(line)
        print_run(self.stdout, done.run, {})
        if done.refusal:
            self.stdout.write(f"this would be refused: {done.refusal}")
        if options["dry_run"]:
            self.stdout.write("dry run: nothing was changed")


def _lines(done: Reconciled) -> Iterator[str]:
    for what in What:
        told = [line for line in done.told if line.what == what]
        yield f"{what}: {len(told):,}"
        for line in islice(told, SHOWN):
            yield f"  {line.employee_no}  {line.detail}".rstrip()
        if len(told) > SHOWN:
            yield f"  and {len(told) - SHOWN:,} more in the report"
    if done.is_overdue:
        yield "the list is older than HR_FEED_HOURS: it lets nobody in where a list is due"
    if done.nameless:
        yield f"{done.nameless:,} rows name nobody, so nobody leaves for not being in the list"
    if done.untold:
        yield f"{done.untold:,} rows do not tell whether their employee has left, who stays as before"
    if NOT_WHOLE in done.run.notes:
        yield "  and it does not count as a whole list: HR_FEED_HOURS after the last one everybody is shut out"
