"""What a column is, how long it is kept, and what becomes of it when a member is erased or merged.

Each app says so of every column in its ``field_policy.py``; tests/architecture/test_field_policy.py holds the models,
the admin, the API, the erasure and the merge to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

# Values of Policy.keep that are no rule of retention
ALWAYS = "always"
WHILE_ON_FILE = "while the member is on file"
REBUILT = "until it is published anew"
SWEPT = "until the next sweep has no use for it, a day at most"


class Kind(StrEnum):
    PUBLIC = "public"
    INTERNAL = "internal"  # for the staff whose work it is; of a member it tells nothing without knowing whom
    PERSONAL = "personal"  # staff see it masked, as a level or as an opaque name, and never in a list, search or log
    SECRET = "secret"  # noqa: S105 - keys, passwords, hashes, ciphertexts: nobody sees it


class OnErase(StrEnum):
    DELETE = "delete"  # the row goes
    CLEAR = "clear"  # the row stays without it
    KEEP = "keep"  # `because` says why


class OnMerge(StrEnum):
    MOVE = "move"  # becomes the winner's
    STRICTER = "stricter"  # the winner's becomes the stricter of both
    GO = "go"  # the loser's row goes: it is made anew, or asked for again
    NONE = "none"  # stays as it is: says what was, or goes with the next build


@dataclass(frozen=True, slots=True)
class Policy:
    """``on_erase`` and ``on_merge`` are None where the row is about no member."""

    kind: Kind
    keep: str = ALWAYS
    on_erase: OnErase | None = None
    on_merge: OnMerge | None = None
    because: str = ""


FieldPolicy = Mapping[str, Mapping[str, Policy]]  # model -> field -> policy


def each(names: str, policy: Policy) -> dict[str, Policy]:
    return dict.fromkeys(names.split(), policy)
