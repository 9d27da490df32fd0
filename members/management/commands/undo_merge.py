from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from members.actions.undo_merge import undo_merge
from members.management.merge_command import add_reason, as_sentences, id_of


class Command(BaseCommand):
    help = (
        "Take back a merge of two members. The id is the one that the given-up member had, after -- where it begins"
        " with -. Needs DATA_KEYS."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("loser", help="the member who was given up")
        add_reason(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        with as_sentences():
            undo_merge(loser=id_of(options["loser"]), by=None, reason=options["reason"])
        self.stdout.write("parted again")
