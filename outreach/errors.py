"""What can go wrong in the staff's work. Status codes are in salesapp/errors.py."""


class BadCursor(Exception):
    """The page's cursor is none that this list gave."""


class BadChannelUrl(Exception):
    """A channel's address in the settings cannot be used. Says what is missing, repeats nothing of it."""


class ChannelNotSetUp(Exception):
    """No provider is named for the channel."""


class NothingLeft(Exception):
    """The provider was not reached: not a byte of the message left. Its text is a reason for the ledger."""


class BadSignature(Exception):
    """A webhook's body is not signed as its provider signs, or not of these minutes."""


class UnreadableBody(Exception):
    """A signed body is not what its provider sends."""
