from collections import defaultdict
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_slug

from geo.actions.import_communities import CLEARLY_BETTER, import_communities
from geo.crs import Crs
from geo.intake import UnreadableFile
from geo.management.arguments import columns_by_field, print_run
from geo.matching.community_facts import COLUMNS


class Command(BaseCommand):
    help = (
        "Read the communities (小区) of one source from CSV, Excel, GeoJSON (.gz too) or GeoParquet and merge them "
        "with those of other sources. Regions must be there before. Examples: "
        "import_communities communities.csv.gz --source beike --crs bd09 --where source=beike --where city=青岛; "
        "import_communities communities.csv.gz --source lianjia --crs bd09 --where source=lianjia --facts-only "
        "--rank 50; "
        "import_communities communities.csv.gz --source sofang --crs bd09 --where source=sofang "
        "--map subarea_label=district"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--source", required=True, help="a short name of the site or file, such as beike")
        parser.add_argument(
            "--crs", required=True, choices=[crs.value for crs in Crs], help="the system of the file's points"
        )
        parser.add_argument(
            "--map", action="append", default=[], metavar="COLUMN=FIELD", help=f"FIELD is one of {', '.join(COLUMNS)}"
        )
        parser.add_argument(
            "--where", action="append", default=[], metavar="COLUMN=VALUE",
            help="read only rows with this value; given twice for one column, either; for two columns, both",
        )  # fmt: skip
        parser.add_argument("--facts-only", action="store_true", help="store the points as received and never use them")
        parser.add_argument("--rank", type=int, help="among sources the lower wins a value; 100 when not given")

    def handle(self, *args: Any, **options: Any) -> None:
        where: dict[str, set[str]] = defaultdict(set)
        for condition in options["where"]:
            column, equals, value = condition.partition("=")
            if not (column and equals):
                raise CommandError(f"{condition!r} is not COLUMN=VALUE")
            where[column].add(value)
        try:
            validate_slug(options["source"])
        except ValidationError as error:
            raise CommandError("--source takes letters, figures, - and _") from error
        try:
            imported = import_communities(
                path=options["file"], source=options["source"], crs=options["crs"],
                columns=columns_by_field(options["map"]), where=where, facts_only=options["facts_only"],
                rank=options["rank"], progress=lambda step: self.stdout.write(str(step)),
            )  # fmt: skip
        except UnreadableFile as error:
            raise CommandError(str(error)) from error
        print_run(self.stdout, imported.run, imported.notes)
        if imported.run.refused == imported.run.rows and "unknown_city" in imported.run.reasons:
            self.stdout.write("no row's city is known: import the regions first (import_regions)")
        if imported.labelled:
            share = 100 * imported.agreeing / imported.labelled
            self.stdout.write(f"points in their labelled district: {share:.1f} % of {imported.labelled:,}")
            for crs, agreeing in sorted(imported.otherwise.items(), key=lambda item: -item[1])[:1]:
                if agreeing - imported.agreeing > CLEARLY_BETTER * imported.labelled:
                    would = 100 * agreeing / imported.labelled
                    self.stdout.write(f"{crs} would give {would:.1f} %: is --crs right?")
        else:
            self.stdout.write("points in their labelled district: no row has both a trusted point and a label")
