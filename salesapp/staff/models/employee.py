from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from salesapp.staff.permissions import PERMISSIONS, Permission, Role


class EmployeeManager(BaseUserManager["Employee"]):
    def create_user(self, employee_no: str, password: str | None = None, **fields: Any) -> "Employee":
        employee = self.model(employee_no=employee_no, **fields)
        employee.set_password(password)
        employee.save(using=self._db)
        return employee

    def create_superuser(self, employee_no: str, password: str | None = None, **fields: Any) -> "Employee":
        return self.create_user(employee_no, password, role=Role.ADMINISTRATOR, **fields)


class Employee(AbstractBaseUser):
    """Who signs in. Never deleted: a leaver keeps the row, with ``disabled_at`` set.

    ``session_version`` stands in every token and session; raising it refuses all of them at once.
    """

    employee_no = models.CharField(_("employee number"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=40)
    role = models.CharField(_("role"), max_length=16, choices=Role, default=Role.SALESPERSON)
    # Own region and below; empty for administrators and privacy officers, whose work has no region.
    region = models.ForeignKey(
        "geo.Region", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("region")
    )
    store = models.ForeignKey(
        "staff.Store", models.PROTECT, null=True, blank=True, related_name="employees", verbose_name=_("store")
    )
    disabled_at = models.DateTimeField(_("disabled"), null=True, blank=True)
    session_version = models.PositiveIntegerField(default=1, editable=False)
    # Since when nobody may be looked up: after an alarm, until somebody decides
    look_ups_held_at = models.DateTimeField(_("look-ups held"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    USERNAME_FIELD = "employee_no"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects = EmployeeManager()

    class Meta:
        verbose_name = _("employee")
        verbose_name_plural = _("employees")
        indexes = [
            models.Index(fields=["name"], name="employee_name", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["role", "employee_no"], name="employee_role"),
            models.Index(
                fields=["employee_no"], name="employee_disabled", condition=models.Q(disabled_at__isnull=False)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="employee_in_the_field_has_a_region",
                condition=models.Q(region__isnull=False)
                | models.Q(role__in=[Role.ADMINISTRATOR, Role.PRIVACY_OFFICER]),
            )
        ]

    def __str__(self) -> str:
        return self.employee_no

    @property
    def is_active(self) -> bool:  # type: ignore[override]
        return self.disabled_at is None

    @property
    def is_staff(self) -> bool:
        """Django admin's question."""
        return self.may(Permission.USE_ADMIN)

    def get_session_auth_hash(self) -> str:
        """Stands in every page session; another password or a raised session version ends them all."""
        return salted_hmac("salesapp.staff.session", f"{self.password}:{self.session_version}").hexdigest()

    def may(self, permission: Permission) -> bool:
        return self.is_active and permission in PERMISSIONS[self.role]

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff
