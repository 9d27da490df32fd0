import pytest
from django.db import connection

from salesapp.staff.models import Employee
from salesapp.staff.queries.signed_in import signed_in_employee


@pytest.mark.django_db(transaction=True)
def test_a_connection_lost_since_the_last_request_is_opened_anew(root: Employee) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        lost = cursor.fetchone()
        connection.connection.close()
    assert signed_in_employee(root.pk) == root
    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        assert cursor.fetchone() != lost
