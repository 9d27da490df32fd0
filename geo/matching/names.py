"""Comparable forms of place names."""

import unicodedata


def name_key(name: str) -> str:
    """The name with width, case, spaces, brackets and punctuation taken out: 景泰西里(西区) = 景泰西里西区."""
    return "".join(c for c in unicodedata.normalize("NFKC", name).lower() if c.isalnum())
