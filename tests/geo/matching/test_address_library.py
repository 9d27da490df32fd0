import pytest

from geo.matching.address_library import (
    BY_CITY,
    BY_DISTRICT,
    BY_HINT,
    FUZZY,
    LOOSE,
    AddressLibrary,
    Located,
    NotLocated,
    Why,
)
from geo.matching.names import name_key
from geo.matching.region_names import spoken_name
from geo.models import Community, CommunityName
from geo.queries.address_names import NamedCommunity, RegionName
from tests.conftest import Town

REGIONS = [
    RegionName(1, "country", "中国", "1."),
    RegionName(2, "province", "云澜省", "1.2."),
    RegionName(20, "city", "海澄市", "1.2.20."),
    RegionName(21, "district", "北岸区", "1.2.20.21."),
    RegionName(22, "district", "南岸区", "1.2.20.22."),
    RegionName(23, "district", "市北区", "1.2.20.23."),
    RegionName(24, "area", "北岸一片", "1.2.20.21.24."),
    RegionName(3, "province", "晴川市", "1.3."),
    RegionName(30, "city", "市辖区", "1.3.30."),
    RegionName(31, "district", "南岸区", "1.3.30.31."),
    RegionName(32, "district", "临江新区", "1.3.30.32."),
    RegionName(40, "city", "空城市", "1.2.40."),
]
NAMES = [
    (20, 21, 1, "垂柳新村"),
    (20, 21, 2, "垂柳新村西区"),
    (20, 22, 3, "白杨苑"),
    (20, 21, 4, "幸福里"),
    (20, 22, 5, "幸福里"),
    (20, 21, 6, "枫林苑"),
    (20, 21, 7, "枫林苑"),
    (20, 23, 8, "海澄花园"),
    (20, 23, 9, "望海路"),
    (20, 23, 10, "望海路28弄"),
    (20, 22, 11, "临江半岛国际名邸"),
    (20, 21, 12, "松涛里(别墅)"),
    (20, None, 13, "听雨轩"),
    (20, 22, 14, "北岸人家"),
    (20, 21, 15, "兰亭雅集小区"),
    (30, 31, 16, "白杨苑"),
    (30, 32, 17, "临江一号"),
]
ADDRESSES = [(20, 22, 3, "槐荫路118弄, 槐荫路1-4号"), (20, 21, 4, "望海路28弄")]


@pytest.fixture(scope="module")
def library() -> AddressLibrary:
    return AddressLibrary(
        REGIONS,
        [NamedCommunity(city, name_key(name), pk, district) for city, district, pk, name in NAMES],
        [NamedCommunity(city, address, pk, district) for city, district, pk, address in ADDRESSES],
    )


@pytest.mark.parametrize(
    ("address", "community", "confidence", "house"),
    [
        ("云澜省海澄市北岸区垂柳新村12号楼3单元502室", 1, BY_DISTRICT, "12-3-502"),
        ("海澄市海澄市北岸区垂柳新村12-3-502", 1, BY_DISTRICT, "12-3-502"),
        ("海澄北岸垂柳新村12栋502", 1, BY_DISTRICT, "12-502"),
        ("中国 云澜 海澄 北岸区,垂柳新村,12栋502", 1, BY_DISTRICT, "12-502"),
        ("海澄市垂柳新村", 1, BY_CITY, ""),
        ("北岸区垂柳新村１２号楼", 1, BY_DISTRICT, ""),
        ("海澄市北岸区垂柳新村西区5号楼101", 2, BY_DISTRICT, "5-101"),
        ("海澄市北岸区垂柳新村(西区)5号楼101", 2, BY_DISTRICT, "5-101"),
        ("海澄市北岸区松涛里(别墅)8号", 12, BY_DISTRICT, "8"),
        ("海澄市北岸区松涛路9号垂柳新村3-101", 1, BY_DISTRICT, "3-101"),
        ("海澄市北岸区万家镇垂柳新村小区二期3-101", 1, BY_DISTRICT, "3-101"),
        ("海澄市市北区望海路18号海澄花园3-101", 8, BY_DISTRICT, "3-101"),
        ("海澄市北区海澄花园3-101", 8, BY_DISTRICT, "3-101"),
        ("海澄市南岸区幸福里3-101", 5, BY_DISTRICT, "3-101"),
        ("晴川市南岸区白杨苑3-101", 16, BY_DISTRICT, "3-101"),
        ("晴川市晴川市临江新区临江一号3-101", 17, BY_DISTRICT, "3-101"),
        ("晴川临江临江一号3-101", 17, BY_DISTRICT, "3-101"),
        ("海澄市北岸人家2栋301", 14, BY_CITY, "2-301"),
        ("海澄市北岸区听雨轩2栋301", 13, BY_CITY, "2-301"),
        ("海澄市北岸区老码头垂柳新村2栋301", 1, BY_DISTRICT - LOOSE, "2-301"),
        ("海澄市南岸区槐荫路118弄5号602室", 3, BY_DISTRICT, "5-602"),
        ("海澄市市北区望海路28弄5号602室", 10, BY_DISTRICT, "5-602"),
        ("海澄市南岸区临江半岛国际明邸5栋602", 11, BY_DISTRICT - FUZZY, "5-602"),
        ("海澄市北岸区兰亭雅集花园5栋602", 15, BY_DISTRICT - FUZZY, "5-602"),
    ],
)
def test_an_address_finds_its_community(
    library: AddressLibrary, address: str, community: int, confidence: float, house: str
) -> None:
    found = library.locate(address)

    assert isinstance(found, Located)
    assert (found.community_id, found.house) == (community, house)
    assert found.confidence == pytest.approx(confidence)


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("", Why.EMPTY),
        (" -- ", Why.EMPTY),
        ("垂柳新村12号楼", Why.NO_CITY),
        ("南岸区白杨苑", Why.NO_CITY),
        ("海澄花园3-101", Why.NO_CITY),
        ("海澄市幸福里3-101", Why.NO_DISTRICT),
        ("海澄市北岸区枫林苑3-101", Why.AMBIGUOUS),
        ("海澄市枫林苑3-101", Why.AMBIGUOUS),
        ("海澄市南岸区垂柳新村3-101", Why.UNKNOWN_COMMUNITY),
        ("海澄市北岸区垂柳新村东区3-101", Why.UNKNOWN_COMMUNITY),
        ("海澄市南岸区老码头白杨苑2栋301", Why.UNKNOWN_COMMUNITY),  # too short behind something unknown
        ("海澄市市北区望海路18号", Why.UNKNOWN_COMMUNITY),
        ("海澄市北岸区梧桐里(垂柳新村)3-101", Why.UNKNOWN_COMMUNITY),
        ("海澄市南岸区临江半岛国际南邸5栋602", Why.UNKNOWN_COMMUNITY),
        ("空城市垂柳新村3-101", Why.UNKNOWN_COMMUNITY),
    ],
)
def test_an_address_that_does_not_tell_says_why(library: AddressLibrary, address: str, reason: Why) -> None:
    assert library.locate(address) == NotLocated(reason)


@pytest.mark.parametrize(
    ("address", "city", "district", "found"),
    [
        ("垂柳新村3-101", "海澄市", "", Located(1, BY_CITY, "3-101")),
        ("垂柳新村3-101", "云澜省海澄市", "北岸", Located(1, BY_HINT, "3-101")),
        ("白杨苑3-101", "", "临江新区", NotLocated(Why.UNKNOWN_COMMUNITY)),
        ("南岸区白杨苑3-101", "晴川", "", Located(16, BY_DISTRICT, "3-101")),
        ("白杨苑3-101", "晴川市", "南岸区", Located(16, BY_HINT, "3-101")),
        ("海澄市南岸区白杨苑3-101", "晴川市", "", Located(3, BY_DISTRICT, "3-101")),
        ("晴川路9号白杨苑3-101", "海澄市", "", Located(3, BY_CITY, "3-101")),
        ("海澄花园3-101", "海澄市", "", Located(8, BY_CITY, "3-101")),
        ("白杨苑3-101", "别处市", "", NotLocated(Why.NO_CITY)),
    ],
)
def test_hints_help_where_the_text_is_silent(
    library: AddressLibrary, address: str, city: str, district: str, found: Located | NotLocated
) -> None:
    assert library.locate(address, city=city, district=district) == found


def test_a_dissolved_district_is_its_successor() -> None:
    regions = [
        RegionName(3, "province", "上海市", "3."),
        RegionName(4, "city", "上海市", "3.4."),
        RegionName(5, "district", "黄浦区", "3.4.5."),
    ]
    library = AddressLibrary(regions, [NamedCommunity(4, "白杨苑", 1, 5)])

    assert library.locate("上海市卢湾区白杨苑3-101") == Located(1, BY_DISTRICT, "3-101")


@pytest.mark.parametrize(
    ("name", "spoken"),
    [
        ("海澄市", "海澄"),
        ("临江新区", "临江"),
        ("易县", "易县"),
        ("恩施土家族苗族自治州", "恩施"),
        ("内蒙古自治区", "内蒙古"),
    ],
)
def test_regions_are_known_by_their_spoken_names(name: str, spoken: str) -> None:
    assert spoken_name(name) == spoken


def test_the_library_of_the_deployment_is_loaded_in_three_queries(
    town: Town, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    Community.objects.filter(pk=town.poplar.pk).update(address="槐荫路118弄")
    CommunityName.objects.create(community=town.willow, city=town.city, name="柳村", key="柳村")

    with django_assert_num_queries(3):  # type: ignore[operator]
        library = AddressLibrary.load()

    assert library.locate("海澄市北岸区柳村3-101") == Located(town.willow.pk, BY_DISTRICT, "3-101")
    assert library.locate("海澄市槐荫路118弄3号101") == Located(town.poplar.pk, BY_CITY, "3-101")
