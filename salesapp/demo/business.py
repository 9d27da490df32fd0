"""Writes the town's stores, staff and catalogue, by code: what is there is brought up to date and keeps its id."""

import numpy as np
import numpy.typing as npt
import shapely
from django.contrib.auth.hashers import make_password
from django.contrib.gis.geos import Point
from django.utils import timezone

from geo.models import Region
from members.glyphs import guessed_glyph
from members.models import Category, ConsentWording, Product
from salesapp.demo import catalogue, planted
from salesapp.demo.outline import Outline, bend, to_degrees
from salesapp.demo.people import STORES_PER_DISTRICT
from salesapp.demo.places import Regions
from salesapp.staff.models import Employee, Store

_ORDINALS = "一二三四五"


def write_stores(drawn: Outline, regions: Regions) -> npt.NDArray[np.int64]:
    """Ids by district and number in it. Stores lie near the centres of their district's areas."""
    ids = np.zeros((len(regions.districts), STORES_PER_DISTRICT), dtype=np.int64)
    for number, district in enumerate(regions.districts):
        own_areas = np.flatnonzero(drawn.area_district == number)
        for place in range(STORES_PER_DISTRICT):
            area = own_areas[place % len(own_areas)]
            beside = drawn.area_centres[area] + np.array([0.35, -0.25]) * (place + 1)
            (point,) = to_degrees(bend(beside[None, :]), drawn.scale)
            if not shapely.contains_xy(drawn.areas[area], *point):
                point = np.array(drawn.areas[area].representative_point().coords[0])
            store, _ = Store.objects.update_or_create(
                code=f"{district.code}-S{place + 1}",
                defaults={
                    "name": f"{district.name.removesuffix('区')}{_ORDINALS[place]}店",
                    "region": regions.areas[area],
                    "address": f"{district.name}{regions.areas[area].name}",
                    "point": Point(float(point[0]), float(point[1]), srid=4326),
                },
            )
            ids[number, place] = store.pk
    return ids


def write_staff() -> None:
    """The cast, all with the demo's password, whatever somebody had set before."""
    password = make_password(planted.DEMO_PASSWORD)  # once: it is slow on purpose
    for plan in planted.STAFF:
        employee = Employee.objects.filter(employee_no=plan.employee_no).first() or Employee(
            employee_no=plan.employee_no
        )
        employee.name, employee.role = plan.name, plan.role
        employee.region = Region.objects.get(code=plan.region) if plan.region else None
        employee.store = Store.objects.get(code=plan.store) if plan.store else None
        employee.disabled_at = (employee.disabled_at or timezone.now()) if plan.has_left else None
        employee.password = password
        employee.save()


def write_wording() -> int:
    """Id of what the town's members said yes to."""
    wording, _ = ConsentWording.objects.get_or_create(
        version="demo-1",
        defaults={"language": "zh-hans", "text": planted.WORDING, "used_at": timezone.now()},
    )
    for plan in planted.WORDINGS:
        ConsentWording.objects.get_or_create(
            version=plan.version,
            defaults={
                "channel": plan.channel, "purpose": plan.purpose, "language": plan.language, "text": plan.text,
            },
        )  # fmt: skip
    return wording.pk


def write_catalogue() -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Ids of the categories and of the products, in the order of the catalogue."""
    categories: dict[str, Category] = {}
    for position, plan in enumerate(catalogue.CATEGORIES):
        categories[plan.code], _ = Category.objects.update_or_create(
            code=plan.code,
            defaults={
                "name": plan.name,
                "name_en": plan.name_en,
                "lifetime_years": plan.lifetime_years,
                "premium_of": categories[plan.premium_of] if plan.premium_of else None,
                "glyph": guessed_glyph(plan.code),
                "position": 10 * position,
            },
        )
    fields = ["category", "brand", "name", "price", "is_sold"]
    Product.objects.bulk_create(
        [
            Product(model=m.model, category=categories[m.category], brand=m.brand, name=m.name, price=m.price)
            for m in catalogue.models()
        ],
        update_conflicts=True, unique_fields=["model"], update_fields=fields,
    )  # fmt: skip
    known = dict(Product.objects.values_list("model", "pk"))
    return (
        np.array([categories[plan.code].pk for plan in catalogue.CATEGORIES]),
        np.array([known[model.model] for model in catalogue.models()]),
    )
