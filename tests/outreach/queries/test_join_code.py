import re

from django.utils.safestring import SafeString

from outreach.queries.join_code import join_code
from salesapp.staff.models import Employee


def test_the_code_leads_to_the_page_of_the_employees_store(alice: Employee, bob: Employee, charlie: Employee) -> None:
    assert alice.store is not None
    code = join_code(alice)
    assert code is not None
    assert code.address == f"https://m.example.com/join/{alice.store.join_code}/"
    assert code.store == "北岸一店"
    assert code == join_code(bob)
    assert code != join_code(charlie)


def test_the_picture_obeys_the_strict_policy_and_is_whole(alice: Employee) -> None:
    code = join_code(alice)
    assert code is not None
    assert isinstance(code.svg, SafeString)
    assert re.match(r'<svg viewBox="0 0 (\d+) \1" class="qr">', code.svg)
    assert "style" not in code.svg
    assert "<script" not in code.svg


def test_an_employee_without_a_store_has_none(mei: Employee) -> None:
    assert join_code(mei) is None
