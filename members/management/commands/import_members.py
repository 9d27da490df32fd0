from collections.abc import Mapping
from pathlib import Path

from geo.matching.address_library import Why
from geo.models import ImportRun
from members.actions.import_members import FIELDS, import_members
from members.management.import_command import ImportCommand, epilog


class Command(ImportCommand):
    help = "Load people of one source system."
    epilog = epilog(
        FIELDS,
        "title is 先生 or 女士 and goes before gender (男, 女) and before a title in name. A person is located by"
        " community and house, or by address, in city and district.",
        "member_since: 2019-01-02, 2019/1/2, 20190102 or 2019年1月2日, 1980 or later, not in the future",
        ("key,phone,name,city,district,community,house,member_since",
         "C1001,15412345678,孙女士,青岛市,市南区,银杏园,12-3-502,2019-01-02"),
        "import_members members.xlsx --system crm --map 手机=phone",
    )  # fmt: skip

    def load(self, *, path: Path, system: str, columns: Mapping[str, str]) -> ImportRun:
        done = import_members(path=path, system=system, columns=columns, progress=self.progress)
        if done.addresses:
            total = done.addresses.total()
            shares = ", ".join(f"{outcome} {count / total:.1%}" for outcome, count in done.addresses.most_common())
            self.stdout.write(f"addresses: {shares}")
            if Why.NO_CITY in done.addresses and set(done.addresses) <= {Why.NO_CITY, Why.EMPTY}:
                self.stdout.write("no row's city is known: import the regions first (import_regions)")
        for reason, count in sorted(done.emails.items()):
            self.stdout.write(f"e-mail addresses not stored, {reason}: {count:,}")
        return done.run
