from collections.abc import Mapping
from pathlib import Path

from geo.models import ImportRun
from members.actions.import_products import FIELDS, import_products
from members.management.import_command import ImportCommand, epilog


class Command(ImportCommand):
    help = "Load the catalogue: categories and products. Products are known by model, categories by code."
    epilog = epilog(
        FIELDS,
        "category is a code of letters, figures, - and _, such as fridge; the first row of a new category also needs"
        " category_name and lifetime_years (whole years, 1 to 60). premium_of is the code of the category of which"
        " this one is the premium variant.",
        "price in yuan: 3999, 3,999.00, ¥3999",
        ("model,category,category_name,category_name_en,lifetime_years,brand,name,price",
         "BCD-500,fridge,冰箱,Fridge,12,Haier,500 L,3999"),
        "import_products products.xlsx --map 型号=model --map 品类=category",
    )  # fmt: skip
    has_system = False

    def load(self, *, path: Path, system: str, columns: Mapping[str, str]) -> ImportRun:
        return import_products(path=path, columns=columns, progress=self.progress)
