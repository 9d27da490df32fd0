"""The shortest password that is taken."""

from django.contrib.auth import password_validation
from django.utils.translation import ngettext


class MinimumLengthValidator(password_validation.MinimumLengthValidator):
    """As Django's, whose refusal has no Chinese words: its source and its catalogue spell the number differently."""

    def get_error_message(self) -> str:
        return ngettext(
            "This password is too short. It needs at least %(count)d character.",
            "This password is too short. It needs at least %(count)d characters.",
            self.min_length,
        ) % {"count": self.min_length}
