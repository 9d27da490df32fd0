from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin.apps import SimpleAdminConfig


class SalesappConfig(AppConfig):
    name = "salesapp"
    default = True  # among the classes of this module, imported ones counted

    def ready(self) -> None:
        from salesapp import checks  # noqa: F401, PLC0415 - registers the system checks


class BooksConfig(SimpleAdminConfig):
    """Django's admin with these modules and no others: packages would add their own, job arguments among it."""

    default = False
    default_site = "salesapp.staff.admin_site.BooksSite"

    def ready(self) -> None:
        super().ready()
        for module in (
            "geo.admin", "salesapp.staff.admin", "members.admin", "members.admin_imports", "outreach.admin",
            "outreach.admin_messages", "outreach.admin_policy",
        ):  # fmt: skip
            import_module(module)
