from django.apps import AppConfig


class SalesappConfig(AppConfig):
    name = "salesapp"

    def ready(self) -> None:
        from salesapp import checks  # noqa: F401, PLC0415 - registers the system checks
