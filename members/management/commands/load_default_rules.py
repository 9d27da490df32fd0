from typing import Any

from django.core.management.base import BaseCommand

from members.actions.load_default_rules import load_default_rules


class Command(BaseCommand):
    help = "Add the default need rules that are missing; rules that are there stay as they are."

    def handle(self, *args: Any, **options: Any) -> None:
        loaded = load_default_rules()
        self.stdout.write(f"need rules: {loaded.created} added, {loaded.kept} there already")
        if loaded.left_out:
            self.stdout.write(f"left out, their category is not in the catalogue: {', '.join(loaded.left_out)}")
