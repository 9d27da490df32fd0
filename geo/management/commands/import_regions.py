from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from geo.actions.import_regions import FIELDS, LEVELS, import_regions
from geo.crs import Crs
from geo.intake import UnreadableFile
from geo.management.arguments import columns_by_field, print_run


class Command(BaseCommand):
    help = (
        "Read regions with their boundaries from a GeoJSON (also .gz) or GeoParquet file into the tree. "
        "Examples: import_regions datav_gcj02_city.geojson.gz --crs gcj02; "
        "import_regions areas.geojson --crs wgs84 --level area --map area_no=code --map title=name "
        "--map district_code=parent"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--crs", default=Crs.GCJ02.value, choices=[crs.value for crs in Crs],
            help="the system of the file's coordinates (default gcj02, as Chinese providers publish)",
        )  # fmt: skip
        parser.add_argument("--level", default="", choices=LEVELS, help="level of rows that name none")
        parser.add_argument(
            "--map", action="append", default=[], metavar="COLUMN=FIELD", help=f"FIELD is one of {', '.join(FIELDS)}"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{options['file'].name}, coordinates read as {options['crs']}")
        try:
            run, notes = import_regions(
                path=options["file"], crs=options["crs"], level=options["level"],
                columns=columns_by_field(options["map"]), progress=lambda step: self.stdout.write(str(step)),
            )  # fmt: skip
        except UnreadableFile as error:
            raise CommandError(str(error)) from error
        print_run(self.stdout, run, notes)
