"""What a page sends back of what was typed into it."""

import re
import unicodedata

# A mobile number in any grouping, an e-mail address. Not the middle of a random name of hexadecimal digits.
_personal = re.compile(r"(?<![0-9a-f-])(?:\+?86[\s.-]?)?1[\s.-]?[3-9](?:[\s.-]?\d){9}(?!\d)|\S@\S")


def holds_address(text: str) -> bool:
    """Whether somebody can be reached by what stands in the text: a mobile number, an e-mail address."""
    return bool(_personal.search(unicodedata.normalize("NFKC", text)))


def sent_back(text: str) -> str:
    """The text for its field again; empty where it holds a number or an address, which is then typed once more."""
    return "" if holds_address(text) else text
