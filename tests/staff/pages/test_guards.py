from django.test import Client

from salesapp.staff.models import Employee


def test_a_stranger_is_sent_to_sign_in_and_back(db: None) -> None:
    answer = Client().get("/map/?category=fridge")
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in/?next=%2Fmap%2F%3Fcategory%3Dfridge")


def test_a_number_in_an_address_is_not_carried_along(alice: Employee) -> None:
    for query in (
        "15400001234", "154%200000%201234", "154+0000+1234", "0086-15400001234", "VIP-15400001234", "154/0000/1234",
        "sun%40example.com",
    ):  # fmt: skip
        assert Client().get(f"/map/search/?q={query}")["Location"] == "/sign-in/"
    client = Client()
    refused = client.post("/sign-in/", {"employee_no": "15400001234", "password": "x", "next": "/?q=15400001234"})
    assert refused.status_code == 422
    assert "15400001234" not in refused.content.decode()
    client.force_login(alice)
    assert "15400001234" not in client.get("/map/search/?q=15400001234").content.decode()


def test_a_fragment_leads_the_whole_page_to_sign_in(db: None) -> None:
    answer = Client().post("/counter/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (200, "/sign-in/")
    assert answer.content == b""


def test_a_leaver_is_out_at_the_next_page(alice: Employee) -> None:
    client = Client()
    client.force_login(alice)
    assert client.get("/me/").status_code == 200
    Employee.objects.filter(pk=alice.pk).update(disabled_at="2026-01-01T00:00Z")
    assert client.get("/me/")["Location"].startswith("/sign-in/")


def test_no_page_is_stored_that_does_not_say_so_itself(alice: Employee) -> None:
    client = Client()
    client.force_login(alice)
    assert client.get("/map/")["Cache-Control"] == "private, no-cache"
    for address in ("/me/", "/map/list/", "/sign-in/"):
        assert "no-store" in client.get(address)["Cache-Control"]
