"""What the import commands share: their arguments and their last lines."""

from collections.abc import Iterable, Mapping

from django.core.management.base import CommandError, OutputWrapper

from geo.models import ImportRun


def pairs(texts: Iterable[str], form: str) -> dict[str, str]:
    """{"A": "B"} of ["A=B"]. Raises CommandError for what has no such form."""
    found = {}
    for text in texts:
        left, equals, right = text.partition("=")
        if not (left and equals and right):
            raise CommandError(f"{text!r} is not {form}")
        found[left] = right
    return found


def columns_by_field(texts: Iterable[str]) -> dict[str, str]:
    """{column: field} of the --map arguments."""
    return pairs(texts, "COLUMN=FIELD")


def print_run(stdout: OutputWrapper, run: ImportRun, notes: Mapping[str, int]) -> None:
    """The counts of the run; refused rows by reason, and what was left out of rows that were taken."""
    stdout.write(
        f"rows {run.rows:,}: created {run.created:,}, merged {run.merged:,}, "
        f"unchanged {run.unchanged:,}, refused {run.refused:,}"
    )
    for reason, count in sorted(run.reasons.items(), key=lambda item: -item[1]):
        stdout.write(f"  refused {reason}: {count:,}")
    for reason, count in sorted(notes.items(), key=lambda item: -item[1]):
        stdout.write(f"  kept, but {reason}: {count:,}")
    stdout.write(f"report: {run.report}")
