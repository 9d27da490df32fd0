from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from geo.intake import UnreadableFile, read_table
from members.actions.evaluate_neighbours import Evaluation, Hits, Sale, evaluate_neighbours


class Command(BaseCommand):
    help = "How well the neighbours' list foretells what is bought, on any table of (place, item, time)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="CSV (also .gz), Excel or Parquet")
        parser.add_argument("--place", required=True, help="column of the place, as small as known")
        parser.add_argument("--item", required=True, help="column of what was bought")
        parser.add_argument("--time", help="column of the date (YYYY-MM-DD) or year; without it no sale is older")
        parser.add_argument("--parents", default="", help="up to two columns of the places around, nearest first")
        parser.add_argument("--leave-out", nargs="+", default=[], metavar="ITEM", help="items not to count at all")
        parser.add_argument("--test-share", type=float, default=0.2)
        parser.add_argument("--seed", type=int, default=0, help="of the first round's split; the next adds one")
        parser.add_argument("--rounds", type=int, default=5, help="splits to average over")

    def handle(self, *args: Any, **options: Any) -> None:
        parents = [column.strip() for column in options["parents"].split(",") if column.strip()]
        if len(parents) > 2:
            raise CommandError("--parents takes at most two columns: district and city")
        if options["rounds"] < 1:
            raise CommandError("--rounds must be at least 1")
        columns = [options["place"], options["item"], *([options["time"]] if options["time"] else []), *parents]
        sales, left_out = self._read(options, columns, parents)
        for reason, rows in sorted(left_out.items()):
            self.stdout.write(f"left out, {reason}: {rows} rows")
        try:
            found = evaluate_neighbours(
                sales=sales, test_share=options["test_share"], seed=options["seed"], rounds=options["rounds"],
                tell=self._tell,
            )  # fmt: skip
        except ValueError as error:
            raise CommandError(str(error)) from error
        self._print(found, options["rounds"])

    def _read(self, options: dict[str, Any], columns: list[str], parents: list[str]) -> tuple[list[Sale], Counter[str]]:
        sales: list[Sale] = []
        left_out: Counter[str] = Counter()
        checked = False
        try:
            for row in read_table(options["file"]):
                if row.broken:
                    left_out[row.broken] += 1
                    continue
                missing = [column for column in columns if column not in row.values]
                if missing and not checked:
                    raise CommandError(f"no column {missing[0]!r}; the file has: {', '.join(row.values)}")
                checked = True
                values = [row.values.get(column, "") for column in columns]
                if not all(values):
                    left_out["empty field"] += 1
                elif row.values[options["item"]] in options["leave_out"]:
                    left_out["item not to count"] += 1
                else:
                    try:
                        bought_on = _day(row.values[options["time"]]) if options["time"] else None
                    except ValueError:
                        left_out["unreadable time"] += 1
                        continue
                    above = tuple(row.values[column] for column in parents)
                    sales.append(Sale(row.values[options["place"]], row.values[options["item"]], bought_on, above))
        except OSError as error:
            raise CommandError(f"cannot read {options['file']}: {error.strerror}") from error
        except UnreadableFile as error:
            raise CommandError(f"cannot read {options['file']}: {error}") from error
        return sales, left_out

    def _print(self, found: Evaluation, rounds: int) -> None:
        self.stdout.write(
            f"{found.sales} sales of {found.items} items in {found.places} places; "
            f"{found.tested} tested a round, {rounds} rounds"
        )
        self.stdout.write(f"{'':22}hit@1   hit@3   hit@3 of the rounds")
        for name, hits in (
            ("neighbours", found.neighbours),
            ("most bought", found.popular),
            ("places shuffled", found.shuffled),
        ):
            spread = f"{min(hits.three):.4f} to {max(hits.three):.4f}"
            self.stdout.write(f"{name:22}{hits.hit1:.4f}  {hits.hit3:.4f}  {spread}")
        self._uplift("most bought", found.neighbours, found.popular)
        self._uplift("shuffled places", found.neighbours, found.shuffled)

    def _uplift(self, name: str, found: Hits, control: Hits) -> None:
        points = 100 * (found.hit3 - control.hit3)
        relative = f", {100 * (found.hit3 / control.hit3 - 1):+.1f} % of it" if control.hit3 else ""
        self.stdout.write(f"hit@3 against {name}: {points:+.2f} percentage points{relative}")

    def _tell(self, step: str) -> None:
        self.stdout.write(step)
        self.stdout.flush()


def _day(text: str) -> date:
    """An ISO date, or the middle of a year given as four digits (also "2020.0")."""
    year = text.removesuffix(".0")
    return date(int(year), 7, 1) if len(year) == 4 and year.isdigit() else date.fromisoformat(text[:10])
