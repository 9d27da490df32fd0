"""The admin as a place: its names, and the two doors into it."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib.admin import AdminSite
from django.contrib.admin.options import TO_FIELD_VAR
from django.contrib.auth.views import PasswordChangeView, redirect_to_login
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from salesapp.staff.forms import OwnPasswordChange


class BooksSite(AdminSite):
    site_header = site_title = _("Field sales administration")
    index_title = _("Books")

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        """PostgreSQL takes no NUL, and Django asks for the field of the name "": such an address names nothing."""
        guarded = super().admin_view(view, cacheable)

        @wraps(guarded)
        def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            nameless = "" in (request.GET.get(TO_FIELD_VAR), request.POST.get(TO_FIELD_VAR))
            if nameless or "\0" in request.path or "\0" in request.GET.get("term", ""):
                raise SuspiciousOperation
            return guarded(request, *args, **kwargs)

        return answered

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """There is one way in, with its limits and its second step: the sign-in page."""
        if request.user.is_authenticated:
            raise PermissionDenied
        wanted = request.GET.get("next") or reverse("admin:index", current_app=self.name)
        return redirect_to_login(wanted)

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
