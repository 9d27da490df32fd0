from typing import Any

from django.core.management.base import BaseCommand

from salesapp.staff.actions.forget_old_sign_ins import forget_old_sign_ins


class Command(BaseCommand):
    help = "Delete sign-ins past their end with their spent tokens. Run it daily."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"forgot {forget_old_sign_ins()} sign-ins")
