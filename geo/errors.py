"""What can go wrong with places. Status codes are in salesapp/errors.py."""


class TileOutOfRange(Exception):
    """No such tile: zoom outside the served levels, or x, y outside the zoom's grid."""
