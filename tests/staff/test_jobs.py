from datetime import timedelta

from django.utils import timezone
from procrastinate.contrib.django import app

from salesapp.staff.jobs import forget_sign_ins
from salesapp.staff.models import Employee, SignInFamily


def test_the_worker_knows_the_daily_clean_up() -> None:
    assert ("forget_sign_ins", "") in app.periodic_registry.periodic_tasks


def test_only_what_has_expired_is_forgotten(alice: Employee) -> None:
    now = timezone.now()
    SignInFamily.objects.create(employee=alice, expires_at=now - timedelta(days=1))
    current = SignInFamily.objects.create(employee=alice, expires_at=now + timedelta(days=1))
    forget_sign_ins(timestamp=0)
    assert list(SignInFamily.objects.all()) == [current]
