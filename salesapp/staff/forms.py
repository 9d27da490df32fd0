"""Setting passwords in the admin."""

from typing import Any

from django import forms
from django.contrib.admin.forms import AdminPasswordChangeForm
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from salesapp.staff.actions.change_password import change_password
from salesapp.staff.models import Employee
from salesapp.staff.permissions import Role


class OwnPasswordChange(AdminPasswordChangeForm):
    def save(self, commit: bool = True) -> Employee:
        employee = self.user
        if not isinstance(employee, Employee):
            raise TypeError
        change_password(employee=employee, password=self.cleaned_data["new_password1"], by=employee)
        return employee


class EmployeeForm(forms.ModelForm):  # type: ignore[type-arg] # generic in the stubs alone
    """An employee and, when filled in, a new password."""

    new_password = forms.CharField(
        label=_("password"),
        required=False,
        strip=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    class Meta:
        model = Employee
        fields = ("employee_no", "name", "role", "region", "store")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        password = self.fields.get("new_password")
        if password and self.instance.pk is None:
            password.required = True
            password.help_text = password_validation.password_validators_help_text_html()
        elif password:
            password.help_text = _("Leave empty to keep it. A new one ends every sign-in of this employee.")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("role") in {Role.SALESPERSON, Role.MANAGER} and not data.get("region"):
            self.add_error("region", ValidationError(_("Salespeople and managers need a region."), code="required"))
        return data

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc] # Django's hook after the instance has its values
        # The validators compare the password with number and name, so the instance must be filled first
        if password := self.cleaned_data.get("new_password"):
            try:
                password_validation.validate_password(password, self.instance)
            except ValidationError as error:
                self.add_error("new_password", error)
