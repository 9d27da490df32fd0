"""What can go wrong in the staff's work. Status codes are in salesapp/errors.py."""


class BadCursor(Exception):
    """The page's cursor is none that this list gave."""
