from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from members.models import CommunityStat
from outreach.queries import tiles
from salesapp.staff.models import Employee
from tests.builders import make_category
from tests.conftest import Town

ClientOf = Callable[[Employee], APIClient]


@pytest.fixture(autouse=True)
def figures(town: Town) -> None:
    tiles._Version.read_at = float("-inf")
    fridge = make_category()
    make_category("washer", "洗衣机", position=200)
    CommunityStat.objects.create(
        community_id=town.willow.id, category=fridge, members=60, owning_households=20, potential_buyers=35, coverage=2
    )


def test_regions_are_ones_own_and_below(mei: Employee, client_of: ClientOf, town: Town) -> None:
    answer = client_of(mei).get("/api/regions/").json()
    assert answer["results"] == [
        {"id": town.north.id, "parent": None, "level": "district", "code": "990101", "name": "北岸区"}
    ]
    assert answer["bounds"] == pytest.approx([120, 36.2, 120.2, 36.4])


def test_a_community_shows_every_category(mei: Employee, client_of: ClientOf, town: Town) -> None:
    answer = client_of(mei).get(f"/api/communities/{town.willow.id}/").json()
    assert (answer["name"], answer["region"], answer["households"]) == ("垂柳新村", "北岸区", 1000)
    fridge, washer = answer["figures"]
    assert fridge["potential_buyers"] == {"count": 35, "label": "35"}
    assert washer["potential_buyers"] == {"count": None, "label": "<5"}


def test_the_list_says_as_of_when_and_which_category(mei: Employee, client_of: ClientOf) -> None:
    answer = client_of(mei).get("/api/communities/").json()
    assert answer["category"] == "fridge"
    assert [row["name"] for row in answer["results"]] == ["垂柳新村"]
    assert set(answer) == {"category", "results", "next", "as_of"}


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ("region=x", 400, "region"),
        ("region=", 400, "region"),
        ("category=", 400, "category"),
        ("after=", 400, "after"),
        ("limit=0", 400, "limit"),
        ("limit=201", 400, "limit"),
        ("after=nonsense", 400, "after"),
        ("category=a b", 400, "category"),
        ("category=unknown", 404, None),
        ("region=999999", 404, None),
        ("region=99999999999999999999", 400, "region"),
    ],
)
def test_bad_questions_get_the_one_error_shape(
    mei: Employee, client_of: ClientOf, query: str, status: int, field: str | None
) -> None:
    answer = client_of(mei).get(f"/api/communities/?{query}")
    assert answer.status_code == status
    assert answer["Content-Type"].startswith("application/problem+json")
    assert [error["field"] for error in answer.json()["errors"]] == ([field] if field else [])


def test_a_tile_is_not_sent_twice(mei: Employee, client_of: ClientOf) -> None:
    client = client_of(mei)
    first = client.get("/api/tiles/13/6828/3189.mvt?category=fridge")
    assert first.status_code == 200
    assert first["Content-Type"] == "application/vnd.mapbox-vector-tile"
    assert first["Cache-Control"] == "private, no-cache"
    again = client.get("/api/tiles/13/6828/3189.mvt?category=fridge", HTTP_IF_NONE_MATCH=first["ETag"])
    assert again.status_code == 304
    assert again.content == b""


def test_two_regions_never_share_a_tile(mei: Employee, charlie: Employee, client_of: ClientOf) -> None:
    etags = {client_of(who).get("/api/tiles/13/6828/3189.mvt")["ETag"] for who in (mei, charlie)}
    assert len(etags) == 2


def test_a_client_without_gzip_is_served_too(mei: Employee, client_of: ClientOf) -> None:
    client = client_of(mei)
    plain = client.get("/api/tiles/13/6828/3189.mvt")
    packed = client.get("/api/tiles/13/6828/3189.mvt", HTTP_ACCEPT_ENCODING="gzip")
    assert "Content-Encoding" not in plain
    assert packed["Content-Encoding"] == "gzip"


@pytest.mark.parametrize("path", ["2/0/0", "17/0/0", "5/32/0", "5/0/99999999999"])
def test_tiles_outside_the_map_do_not_exist(mei: Employee, client_of: ClientOf, path: str) -> None:
    assert client_of(mei).get(f"/api/tiles/{path}.mvt").status_code == 404


def test_an_unknown_category_is_no_empty_tile(mei: Employee, client_of: ClientOf) -> None:
    assert client_of(mei).get("/api/tiles/13/6828/3189.mvt?category=none").status_code == 404
