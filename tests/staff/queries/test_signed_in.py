from datetime import timedelta

from django.forms.models import model_to_dict
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from salesapp.staff.models import Employee, SignInFamily
from salesapp.staff.queries.signed_in import signed_in_employee


def test_the_employee_is_the_one_the_orm_reads(
    alice: Employee, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        found = signed_in_employee(alice.pk)
        assert found is not None
        assert found.region is not None
        assert found.store is not None
        places = (found.region.path, found.region.name, found.store.code, found.store.region_id)
    stored = Employee.objects.get(pk=alice.pk)
    assert stored.region is not None
    assert stored.store is not None
    assert model_to_dict(found) == model_to_dict(stored)
    assert found.password == stored.password
    assert places == (stored.region.path, stored.region.name, stored.store.code, stored.store.region_id)


def test_an_employee_without_region_and_store_asks_no_more(
    root: Employee, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        found = signed_in_employee(root.pk)
        assert found is not None
        assert (found.region, found.store) == (None, None)


def test_the_second_step_is_asked_of_the_role_as_of_now(
    alice: Employee, settings: Settings, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    settings.TWO_FACTOR_ROLES = ["manager", "administrator"]
    end = timezone.now() + timedelta(days=1)
    families = [SignInFamily.objects.create(employee=alice, expires_at=end, second_step=step) for step in (False, True)]
    for role, without in (("salesperson", alice), ("manager", None), ("administrator", None), ("salesperson", alice)):
        Employee.objects.filter(pk=alice.pk).update(role=role)
        with django_assert_num_queries(5):
            assert signed_in_employee(alice.pk) == without
            assert [signed_in_employee(alice.pk, second_step=step) for step in (False, True)] == [without, alice]
            # Of a token its family decides, whatever else is said
            found = [signed_in_employee(alice.pk, second_step=True, family_id=family.pk) for family in families]
            assert found == [without, alice]


def test_a_leaver_is_nobody(erin: Employee) -> None:
    assert signed_in_employee(erin.pk) is None


def test_an_unknown_number_is_nobody(db: None) -> None:
    assert signed_in_employee(0) is None
