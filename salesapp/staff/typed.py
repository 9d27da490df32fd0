"""What a page sends back of what was typed into it."""

import re
import unicodedata

from geo.phone_like import holds_number

_e_mail = re.compile(r"\S@\S")


def holds_address(text: str) -> bool:
    """Whether somebody can be reached by what stands in the text: a mobile number, an e-mail address."""
    return holds_number(text) or bool(_e_mail.search(unicodedata.normalize("NFKC", text)))


def sent_back(text: str) -> str:
    """The text for its field again; empty where it holds a number or an address, which is then typed once more."""
    return "" if holds_address(text) else text
