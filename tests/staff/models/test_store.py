import re

from salesapp.staff.models import Store
from tests.conftest import Town


def test_every_store_has_a_join_code_of_its_own(town: Town) -> None:
    codes = [Store.objects.create(code=f"many-{n}", name="一店", region=town.north).join_code for n in range(50)]
    assert len(set(codes)) == 50
    assert all(re.fullmatch("[2-9a-hjkmnp-z]{10}", code) for code in codes)


def test_the_join_code_stays(town: Town) -> None:
    code = town.north_store.join_code
    town.north_store.save()
    assert Store.objects.get(pk=town.north_store.pk).join_code == code
