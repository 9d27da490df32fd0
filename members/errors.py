"""What can go wrong with people on file. Status codes are in salesapp/errors.py."""


class NotAPhoneNumber(Exception):
    """The text cannot be read as a mobile number. Carries no value: it may be somebody's number."""


class TooManyRules(Exception):
    """More need rules apply to one category than the scoring can hold apart."""
class ImportCannotStart(Exception):
    """The import was not begun; the sentence says how to mend it and holds nothing from the file's rows."""
