"""Why the demo town is not seeded."""


class NotSeeded(Exception):
    """Carries the sentence that the user reads."""
