"""The figures on the real data of Beijing, Shanghai and Qingdao; see ../shared/data/communities/PROVENANCE.md."""

import os
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from geo.actions.import_communities import import_communities
from geo.actions.import_regions import import_regions
from geo.models import Community, ImportRun

DATA = Path(os.environ.get("SHARED_DATA", settings.BASE_DIR.parent / "shared" / "data"))
pytestmark = [
    pytest.mark.data,
    pytest.mark.django_db,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"no real data at {DATA}; set SHARED_DATA to its folder"),
]
SITES: dict[str, dict[str, Any]] = {
    "beike": {},
    "lianjia": {"facts_only": True},
    "sofang": {"columns": {"subarea_label": "district"}},
    "fccs": {},
    "souloula": {},
}


def test_three_cities_from_five_sites() -> None:
    for level in ("province", "city", "district"):
        import_regions(path=DATA / "boundaries" / f"datav_gcj02_{level}.geojson.gz", crs="gcj02")
    path = DATA / "communities" / "communities_bj_sh_qd.csv.gz"
    told = {
        site: import_communities(path=path, source=site, crs="bd09", where={"source": {site}}, **options)
        for site, options in SITES.items()
    }

    assert told["beike"].labelled > 3_000
    assert told["beike"].agreeing / told["beike"].labelled >= 0.969

    runs = ImportRun.objects.filter(kind="communities")
    assert sum(run.rows for run in runs) == 86_400
    assert Community.objects.count() + sum(run.merged + run.refused for run in runs) == 86_400
    assert 0.01 < sum(run.refused for run in runs) / 86_400 < 0.03

    for name, city, district, sites in (("虹桥新城", "上海市", "长宁区", 3), ("景泰西里", "北京市", "东城区", 3)):
        community = Community.objects.get(city__name=city, name=name, district__name=district)
        assert community.households
        assert community.build_year
        assert community.point
        assert community.sources.count() == sites
    near = Community.objects.filter(city__name="北京市", name__startswith="景泰西里").values_list("name", flat=True)
    assert sorted(near) == ["景泰西里", "景泰西里65号院", "景泰西里西区"]

    again = import_communities(path=path, source="lianjia", crs="bd09", where={"source": {"lianjia"}}, facts_only=True)
    assert again.run.unchanged == again.run.rows == told["lianjia"].run.rows
