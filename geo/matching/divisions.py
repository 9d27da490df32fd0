"""Which region a label means: 上海 is 上海市, 浦东 is 浦东新区, 东城永定门 lies in 东城区."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

# What a full name has behind the name that people use. 自治州 and its like also have peoples before them;
# they are found by their beginning instead.
_SUFFIX = re.compile("(?:特别行政区|地区|新区|林区|矿区|特区|省|市|区|县|州|盟|旗)$")
_AUTONOMOUS = "自治"
_SHORTEST = 2
_AROUND = "周边"  # 北京周边 is not Beijing

# Districts that were dissolved into another as a whole, by city. Sites keep them for decades.
FORMER_DISTRICTS = {
    "北京": {"崇文": "东城", "宣武": "西城"},
    "上海": {"南市": "黄浦", "卢湾": "黄浦", "闸北": "静安", "南汇": "浦东"},
    "天津": {"塘沽": "滨海", "汉沽": "滨海", "大港": "滨海"},
    "青岛": {"四方": "市北", "胶南": "黄岛"},
    "南京": {"白下": "秦淮", "下关": "鼓楼"},
    "苏州": {"沧浪": "姑苏", "平江": "姑苏", "金阊": "姑苏"},
    "广州": {"东山": "越秀", "芳村": "荔湾", "萝岗": "黄埔"},
    "杭州": {"下城": "拱墅"},
}


def short_name(name: str) -> str:
    """The name without its kind, as long as two characters remain: 浦东新区 → 浦东, but 沙县 stays."""
    if _AUTONOMOUS in name:
        return name
    stem = _SUFFIX.sub("", name)
    return stem if len(stem) >= _SHORTEST else name


@dataclass(frozen=True, slots=True)
class Division:
    """A region without its geometry. ``path`` as in geo.models.Region."""

    id: int
    parent_id: int | None
    level: str
    name: str
    path: str


class Divisions:
    """The tree of regions, asked by label.

    A *city* is what a city label may mean: a region of level city; a province that has districts but no
    cities (北京市); and a district directly under a province that has cities (济源市), which is its own city.
    """

    def __init__(self, regions: Iterable[Division]) -> None:
        self.by_id = {region.id: region for region in regions}
        levels_below: dict[int, set[str]] = defaultdict(set)
        for region in self.by_id.values():
            if region.parent_id:
                levels_below[region.parent_id].add(region.level)
        self._cities: dict[str, list[Division]] = defaultdict(list)
        self._city_ids: set[int] = set()
        for region in self.by_id.values():
            parent = self.by_id.get(region.parent_id or 0)
            in_province = parent is not None and parent.level == "province"
            if (
                region.level == "city"
                or (region.level == "province" and levels_below[region.id] == {"district"})
                or (region.level == "district" and parent and in_province and "city" in levels_below[parent.id])
            ):
                self._city_ids.add(region.id)
                self._cities[short_name(region.name)].append(region)
        self._districts: dict[int, dict[str, list[Division]]] = defaultdict(lambda: defaultdict(list))
        for region in self.by_id.values():
            city = self.city_of(region.id)
            if region.level == "district" and city:
                self._districts[city.id][short_name(region.name)].append(region)
        self._seen: dict[tuple[int, str], Division | None] = {}

    def city_of(self, region_id: int) -> Division | None:
        """The city that the region is or lies in."""
        return next((self.by_id[i] for i in reversed(self._line(region_id)) if i in self._city_ids), None)

    def district_of(self, region_id: int) -> Division | None:
        """The district that the region is or lies in."""
        return next((self.by_id[i] for i in reversed(self._line(region_id)) if self.by_id[i].level == "district"), None)

    def _line(self, region_id: int) -> list[int]:
        """Ids from the root down to the region."""
        return [int(part) for part in self.by_id[region_id].path.split(".") if part]

    def districts_in(self, city_id: int) -> list[Division]:
        return [district for named in self._districts[city_id].values() for district in named]

    def city(self, label: str) -> Division | None:
        """The one city that the label can mean: 青岛, 青岛市; None when there is none or more than one."""
        return _meant(self._cities, label)

    def district(self, city_id: int, label: str) -> Division | None:
        """The district of the city that the label names or begins with: 浦东, 浦东新区, 东城永定门, 崇文 (now 东城).

        None when nothing fits, or when two districts fit and neither has exactly this name.
        """
        if not label:
            return None
        if (city_id, label) not in self._seen:
            self._seen[city_id, label] = self._district(city_id, label)
        return self._seen[city_id, label]

    def _district(self, city_id: int, label: str) -> Division | None:
        districts = self._districts.get(city_id, {})
        former = FORMER_DISTRICTS.get(short_name(self.by_id[city_id].name), {})
        if found := _meant(districts, former.get(short_name(label), label)) or _meant(districts, label):
            return found
        if _AROUND in label:
            return None
        starts = [name for name in (*districts, *former) if label.startswith(name)]
        if not starts:
            return None
        longest = max(starts, key=len)
        return _only(districts.get(longest) or districts.get(former.get(longest, ""), []), label)


def _meant(named: Mapping[str, list[Division]], label: str) -> Division | None:
    """The one region that the whole label names: 青岛, 青岛市, 延边 (延边朝鲜族自治州)."""
    short = short_name(label)
    if found := named.get(short):
        return _only(found, label)
    if len(short) < _SHORTEST:
        return None
    autonomous = [
        region
        for name, regions in named.items()
        if _AUTONOMOUS in name and name.startswith(short)
        for region in regions
    ]
    return _only(autonomous, label)


def _only(regions: list[Division], label: str) -> Division | None:
    if len(regions) == 1:
        return regions[0]
    exact = [region for region in regions if region.name == label]
    return exact[0] if len(exact) == 1 else None
