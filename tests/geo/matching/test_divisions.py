import pytest

from geo.matching.divisions import Division, Divisions, short_name


@pytest.fixture
def divisions() -> Divisions:
    return Divisions([
        Division(1, None, "country", "中国", "1."),
        Division(2, 1, "province", "上海市", "1.2."),
        Division(3, 2, "district", "浦东新区", "1.2.3."),
        Division(4, 2, "district", "黄浦区", "1.2.4."),
        Division(5, 1, "province", "山东省", "1.5."),
        Division(6, 5, "city", "青岛市", "1.5.6."),
        Division(7, 6, "district", "市北区", "1.5.6.7."),
        Division(8, 6, "district", "胶州市", "1.5.6.8."),
        Division(9, 1, "province", "吉林省", "1.9."),
        Division(10, 9, "city", "吉林市", "1.9.10."),
        Division(11, 9, "city", "延边朝鲜族自治州", "1.9.11."),
        Division(12, 9, "district", "直辖县", "1.9.12."),
        Division(13, 10, "district", "长城区", "1.9.10.13."),
        Division(14, 10, "district", "长城县", "1.9.10.14."),
        Division(15, 7, "area", "啤酒街片", "1.5.6.7.15."),
    ])  # fmt: skip


def found(division: Division | None) -> int:
    return division.id if division else 0


@pytest.mark.parametrize(
    ("label", "region"),
    [
        ("青岛", 6),
        ("青岛市", 6),
        ("上海", 2),
        ("上海市", 2),
        ("吉林", 10),
        ("延边", 11),
        ("延边州", 11),
        ("直辖县", 12),
    ],
)
def test_city_labels(divisions: Divisions, label: str, region: int) -> None:
    assert found(divisions.city(label)) == region


@pytest.mark.parametrize("label", ["", "山东", "黄浦", "北京", "岛"])
def test_what_is_no_city(divisions: Divisions, label: str) -> None:
    assert divisions.city(label) is None


@pytest.mark.parametrize(
    ("city", "label", "region"),
    [
        (2, "浦东", 3),
        (2, "浦东新区", 3),
        (2, "浦东三林", 3),
        (2, "卢湾", 4),
        (2, "南汇惠南", 3),
        (6, "市北啤酒街", 7),
        (6, "四方北岭", 7),
        (6, "胶州", 8),
        (10, "长城县", 14),
    ],
)
def test_district_labels(divisions: Divisions, city: int, label: str, region: int) -> None:
    assert found(divisions.district(city, label)) == region


@pytest.mark.parametrize(
    ("city", "label"), [(2, ""), (2, "上海周边"), (2, "市北"), (2, "黄浦周边"), (10, "长城"), (12, "某区")]
)
def test_labels_of_no_district(divisions: Divisions, city: int, label: str) -> None:
    assert divisions.district(city, label) is None


def test_the_city_of_a_region(divisions: Divisions) -> None:
    assert found(divisions.city_of(15)) == 6
    assert found(divisions.city_of(3)) == 2
    assert found(divisions.city_of(12)) == 12
    assert divisions.city_of(1) is None
    assert found(divisions.district_of(15)) == 7


def test_short_names_keep_two_characters() -> None:
    assert [short_name(name) for name in ("沙县", "浦东新区", "延边朝鲜族自治州")] == [
        "沙县",
        "浦东",
        "延边朝鲜族自治州",
    ]
