"""Where an employee may look: the own region and below. The one place that says so."""

from salesapp.staff.models import Employee


def region_path_of(employee: Employee) -> str | None:
    """The path that every region, community and figure shown to the employee must start with.

    The empty path is the whole tree (administrators); None is nothing at all.
    """
    if employee.region is not None:
        return employee.region.path
    return "" if employee.is_staff else None
