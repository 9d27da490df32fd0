"""The town's communities: where they lie, what they are called, who could live there."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from salesapp.demo import planted, words
from salesapp.demo.outline import DISTRICTS, Outline, bend, to_degrees
from salesapp.demo.planted import Kind

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_BOUNDARY_SHARE = 1 / 3
_ALIAS_SHARE = 0.1
# Avenues along which the city grew, as chains of points in km
_BANDS = (
    ((-19.0, 2.6), (-7.0, 3.2), (0.5, 3.2), (6.0, 5.8), (16.0, 11.8)),
    ((-19.0, -3.0), (-7.0, -3.4), (0.5, -3.4), (6.0, -6.0), (16.0, -12.0)),
    ((-1.5, 2.0), (-3.2, 8.0), (-4.5, 18.0)),
    ((-1.5, -2.0), (-3.0, -8.0), (-4.0, -18.0)),
)


@dataclass(frozen=True)
class Communities:
    """Parallel arrays, in the order of the communities' numbers. Number 0 is the story's community."""

    area: Ints  # index of the sales area
    district: Ints  # index of the district
    names: list[str]
    aliases: list[str]  # empty for most
    addresses: list[str]
    kind: Ints
    is_core: npt.NDArray[np.bool_]
    households: Ints
    buildings: Ints
    build_year: Ints
    price_tier: Ints
    points: Floats  # (n, 2) degrees
    boundaries: list[BaseGeometry | None]
    members: Ints

    def __len__(self) -> int:
        return len(self.names)


def how_many(members: int) -> int:
    """Communities for a town of so many members: one for 50 at first, fewer per head in a very large town."""
    return max(40, min(members // 50, max(4_000, members // 100)))


def scale_for(communities: int) -> float:
    """How much larger than usual the city is drawn, so that its blocks keep a believable size."""
    return float(np.clip(np.sqrt(communities / 4_000), 1.0, 2.5))


def lay_out(outline: Outline, count: int, members: int, year: int, rng: np.random.Generator) -> Communities:
    """``count`` communities with ``members`` people spread over them. ``year`` is the current one."""
    cells, block = _blocks(outline, count, rng)
    area = _area_of(outline, cells)
    cells, area = cells[area >= 0], area[area >= 0]
    district = outline.area_district[area]
    density = _density(outline, cells)
    chosen = _choose(district, density, count, rng)
    cells, area, district, density = cells[chosen], area[chosen], district[chosen], density[chosen]
    kind = _kinds(density, rng)
    kind[0] = Kind.ORDINARY
    is_core = rng.random(count) < planted.CORE_SHARE
    is_core[0] = True
    households = _households(is_core, kind, rng)
    build_year = _build_years(kind, year, rng)
    build_year[0] = year - 22
    tier = np.choose(
        kind, [rng.integers(2, 5, count), rng.integers(1, 3, count), rng.integers(3, 5, count), np.full(count, 5)]
    )
    tier[0] = 3
    names = _names(district, kind, rng)
    return Communities(
        area=area,
        district=district,
        names=names,
        aliases=_aliases(names, rng),
        addresses=_addresses(count, rng),
        kind=kind,
        is_core=is_core,
        households=households,
        buildings=np.maximum(households // rng.integers(28, 90, count), 1),
        build_year=build_year,
        price_tier=tier,
        points=to_degrees(bend(cells), outline.scale),
        boundaries=_boundaries(cells, block, outline.scale, rng),
        members=_members(is_core, households, members, rng),
    )  # fmt: skip


def _aliases(names: list[str], rng: np.random.Generator) -> list[str]:
    has_one = rng.random(len(names)) < _ALIAS_SHARE
    return [f"{name}小区" if a and not name.endswith("区") else "" for name, a in zip(names, has_one, strict=True)]


def _addresses(count: int, rng: np.random.Generator) -> list[str]:
    roads, numbers = rng.integers(0, len(words.ROADS), count), rng.integers(1, 900, count)
    return [f"{words.ROADS[road]}{number}号" for road, number in zip(roads, numbers, strict=True)]


def _blocks(outline: Outline, count: int, rng: np.random.Generator) -> tuple[Floats, float]:
    """Jittered middles of city blocks in unscaled, unbent km, and a block's side; about eight a community."""
    side = float(np.clip(np.sqrt(1_250 / (8 * count)), 0.05, 0.35))
    line = np.arange(-26, 26, side)
    x, y = np.meshgrid(line, line)
    turn = np.deg2rad(14)
    grid = np.column_stack([x.ravel(), y.ravel()]) @ np.array(
        [[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]
    )
    return grid + rng.uniform(-0.16, 0.16, grid.shape) * side, side


def _area_of(outline: Outline, cells: Floats) -> Ints:
    """Index of the sales area that holds each block with room to the border; -1 in the water."""
    found = np.full(len(cells), -1, dtype=np.int64)
    points = to_degrees(bend(cells), outline.scale)
    for number, polygon in enumerate(outline.areas):
        inner = polygon.buffer(-0.0012)
        shapely.prepare(inner)
        found[shapely.contains_xy(inner, points[:, 0], points[:, 1])] = number
    return found


def _density(outline: Outline, cells: Floats) -> Floats:
    """How built-up each block is: hills at the centres of the areas, ridges along the avenues."""
    density = np.full(len(cells), 0.012)
    for number, centre in enumerate(outline.area_centres):
        squared = ((cells - centre) ** 2).sum(axis=1)
        from_middle = float(np.hypot(*centre))
        height, width = 1.4 / (1 + from_middle / 9), 1.5 + 0.05 * from_middle
        density += (
            height * (1 + 0.15 * (number % 3)) * (np.exp(-squared / (2 * width**2)) + 0.12 * np.exp(-squared / 24))
        )
    for band in _BANDS:
        distance = shapely.distance(shapely.linestrings(band), shapely.points(cells))
        density += 0.35 * np.exp(-((distance / 0.7) ** 2))
    # parks and works leave holes
    holes = np.sin(cells[:, 0] * 1.9 + 0.6) * np.sin(cells[:, 1] * 2.3 - 1.1) + 0.5 * np.sin(
        cells[:, 0] * 0.7 - cells[:, 1]
    )
    return np.asarray(density**1.35 * np.clip(1.1 - 0.75 * holes, 0.02, None), dtype=np.float64)


def _choose(district: Ints, density: Floats, count: int, rng: np.random.Generator) -> Ints:
    """``count`` blocks, likelier where denser, at least three a district; the first lies in the first district."""
    share = np.bincount(district, weights=density, minlength=len(DISTRICTS))
    wanted = np.maximum(np.floor(share / share.sum() * count).astype(np.int64), 3)
    wanted[np.argmax(wanted)] += count - wanted.sum()
    keys = np.log(rng.random(len(district))) / density
    chosen = []
    for number, size in enumerate(wanted):
        blocks = np.flatnonzero(district == number)
        chosen.append(blocks[np.argsort(keys[blocks])[::-1][:size]])
    first = chosen[0][:1]
    rest = np.concatenate([chosen[0][1:], *chosen[1:]])
    return np.concatenate([first, rng.permutation(rest)])


def _kinds(density: Floats, rng: np.random.Generator) -> Ints:
    """Old ones in the middle, new ones at the edge of town, the others anywhere."""
    place = np.argsort(np.argsort(-density + rng.normal(0, density.std(), len(density)))) / len(density)
    kind = rng.choice(
        [Kind.ORDINARY, Kind.PREMIUM], len(density),
        p=np.array([planted.KIND_SHARES[Kind.ORDINARY], planted.KIND_SHARES[Kind.PREMIUM]])
        / (planted.KIND_SHARES[Kind.ORDINARY] + planted.KIND_SHARES[Kind.PREMIUM]),
    )  # fmt: skip
    kind[place < planted.KIND_SHARES[Kind.OLD]] = Kind.OLD
    kind[place > 1 - planted.KIND_SHARES[Kind.NEW]] = Kind.NEW
    return kind.astype(np.int64)


def _households(is_core: npt.NDArray[np.bool_], kind: Ints, rng: np.random.Generator) -> Ints:
    usual = np.clip(rng.lognormal(np.log(560), 0.55, len(kind)), 200, 3_000)
    core = rng.integers(*planted.CORE_HOUSEHOLDS, len(kind))
    return np.where(is_core, core, usual).astype(np.int64)


def _build_years(kind: Ints, year: int, rng: np.random.Generator) -> Ints:
    count = len(kind)
    age = np.choose(
        kind,
        [
            rng.integers(8, 28, count),
            rng.integers(26, 45, count),
            rng.integers(1, 4, count),
            rng.integers(5, 14, count),
        ],
    )
    return np.asarray(year - age, dtype=np.int64)


def _members(is_core: npt.NDArray[np.bool_], households: Ints, members: int, rng: np.random.Generator) -> Ints:
    """How many members each community has; they add up to ``members`` exactly.

    Core communities get the planted share of their households; the others share the rest by size and luck,
    at most one member household in two.
    """
    per_household = 1 + planted.SECOND_MEMBER_SHARE
    core = np.where(is_core, households * planted.CORE_MEMBER_HOUSEHOLDS * per_household, 0.0)
    core *= min(1.0, 0.6 * members / max(core.sum(), 1.0))
    luck = np.where(is_core, 0.0, households * rng.lognormal(0, 1.1, len(households)))
    most = np.where(is_core, 0.0, households * 0.5 * per_household)
    usual = np.zeros(len(households))
    rest = members - core.sum()
    for _ in range(20):
        open_ones = usual < most
        missing = rest - usual.sum()
        if missing < 1 or not open_ones.any():
            break
        usual = np.minimum(usual + np.where(open_ones, luck, 0) * missing / luck[open_ones].sum(), most)
    share = np.maximum(core + usual, 1e-9)
    whole: Ints = np.floor(share * members / share.sum()).astype(np.int64)
    whole[rng.permutation(len(whole))[: members - whole.sum()]] += 1
    return whole


def _boundaries(cells: Floats, block: float, scale: float, rng: np.random.Generator) -> list[BaseGeometry | None]:
    """A walled block of four to six corners around a third of the communities."""
    boundaries: list[BaseGeometry | None] = [None] * len(cells)
    half = min(block * 0.44, 0.16 / scale * 1.6)
    for number in np.flatnonzero(rng.random(len(cells)) < _BOUNDARY_SHARE):
        corners = int(rng.integers(4, 7))
        angle = np.deg2rad(14 + 45) + 2 * np.pi * (np.arange(corners) + rng.uniform(-0.14, 0.14, corners)) / corners
        radius = half * rng.uniform(0.75, 1.0, corners)
        ring = cells[number] + np.column_stack([np.cos(angle), np.sin(angle)]) * radius[:, None]
        boundaries[number] = shapely.multipolygons([shapely.polygons(to_degrees(bend(ring), scale))])
    return boundaries


def _names(district: Ints, kind: Ints, rng: np.random.Generator) -> list[str]:
    """Names unique within a district; some are met again in another one."""
    names = [""] * len(district)
    stems = [a + b for a in words.FIRST for b in words.SECOND if a != b and a + b != planted.STORY_COMMUNITY[:2]]
    names[0] = planted.STORY_COMMUNITY
    for number in range(len(DISTRICTS)):
        taken = {planted.STORY_COMMUNITY} if number == 0 else set()
        of_kind: dict[int, list[str]] = {}
        for index in np.flatnonzero(district == number):
            if names[index]:
                continue
            name = _name(stems, int(kind[index]), taken, of_kind, rng)
            taken.add(name)
            names[index] = name
    return names


def _name(stems: list[str], kind: int, taken: set[str], of_kind: dict[int, list[str]], rng: np.random.Generator) -> str:
    earlier = of_kind.setdefault(kind, [])
    while True:
        if earlier and rng.random() < 0.22:
            name = earlier[int(rng.integers(len(earlier)))] + words.PHASES[int(rng.integers(len(words.PHASES)))]
        else:
            # a stem early in the list is likelier, so that districts meet on some names
            stem = stems[int(len(stems) * rng.random() ** 1.6)]
            name = stem + words.SUFFIXES[kind][int(rng.integers(len(words.SUFFIXES[kind])))]
            if name not in taken:
                earlier.append(name)
        if name not in taken:
            return name
