"""The admin as a place: its names, and the two doors into it."""

from typing import Any, cast

from django.contrib.admin import AdminSite
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from salesapp.staff.forms import AdminSignIn, OwnPasswordChange


class BooksSite(AdminSite):
    site_header = site_title = _("Field sales administration")
    index_title = _("Books")
    login_form = AdminSignIn

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """The browser forgets what the phone's pages kept, as after their own sign-out."""
        answer = super().logout(request, extra_context)
        answer["Clear-Site-Data"] = '"cache", "storage"'
        return answer

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """As Django's, which has no setting for the form."""
        request.current_app = self.name
        view = PasswordChangeView.as_view(
            form_class=OwnPasswordChange,
            success_url=reverse("admin:password_change_done", current_app=self.name),
            extra_context={**self.each_context(request), **(extra_context or {})},
        )
        return cast(TemplateResponse, view(request))
