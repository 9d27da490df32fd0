"""What can go wrong with people on file. Status codes are in salesapp/errors.py."""


class NotAPhoneNumber(Exception):
    """The text cannot be read as a mobile number. Carries no value: it may be somebody's number."""


class ImportCannotStart(Exception):
    """The import was not begun; the sentence says how to mend it and holds nothing from the file's rows."""
