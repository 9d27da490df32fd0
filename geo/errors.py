"""What can go wrong with places. Status codes are in salesapp/errors.py."""

from collections.abc import Sequence


class TileOutOfRange(Exception):
    """No such tile: zoom outside the served levels, or x, y outside the zoom's grid."""


class TableBusy(Exception):
    """Readers held a table that was to be replaced for too long; nothing was changed."""

    def __init__(self, tables: Sequence[str]) -> None:
        super().__init__(f"in use for too long to be replaced: {', '.join(tables)}")


class UnreadableFile(Exception):
    """The file as a whole cannot be read; ``reason`` is a short code such as wrong_encoding."""

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason
