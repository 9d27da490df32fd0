from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from members.actions.merge_members import merge_members
from members.management.merge_command import add_reason, as_sentences, id_of


class Command(BaseCommand):
    help = (
        "Take two members for one person. Ids are those that the pages show, after -- where one begins with -. Needs"
        " DATA_KEYS."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("loser", help="the member who is given up")
        parser.add_argument("winner", help="the member who stays, with all that the other had")
        add_reason(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        with as_sentences():
            merge = merge_members(
                loser=id_of(options["loser"]), winner=id_of(options["winner"]), by=None, reason=options["reason"]
            )
        counts = {name: len(what) for name, what in merge.moved.items() if isinstance(what, list)}
        self.stdout.write("merged; moved " + ", ".join(f"{name} {count}" for name, count in counts.items()))
