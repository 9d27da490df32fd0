"""What an API view asks of its caller: ``permission_classes = [requires(Permission.SEE_MAP)]``."""

from functools import cache

from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from salesapp.staff.models import Employee
from salesapp.staff.permissions import Permission


@cache
def requires(permission: Permission) -> type[BasePermission]:
    """The permission class that lets an employee through whose role has ``permission``."""

    class Requires(BasePermission):
        asks_for = permission

        def has_permission(self, request: Request, view: APIView) -> bool:
            return isinstance(request.user, Employee) and request.user.may(permission)

    Requires.__name__ = Requires.__qualname__ = f"Requires{permission.name.title().replace('_', '')}"
    return Requires


def caller(request: Request) -> Employee:
    """The signed-in employee. Raises NotAuthenticated, for views without a permission class of their own."""
    if not isinstance(request.user, Employee):
        raise NotAuthenticated
    return request.user
