from django.apps import AppConfig


class StaffConfig(AppConfig):
    name = "salesapp.staff"
    label = "staff"
    verbose_name = "Staff"
