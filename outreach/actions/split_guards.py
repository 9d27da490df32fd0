from django.db import connection

from members.errors import CannotMerge


def split_guards(restored: int, merged_with: int) -> None:
    """Two persons again: the restored one gets the hold of the other. Raises CannotMerge where they were not one."""
    with connection.cursor() as cursor:
        cursor.execute("select outreach_split(%s, %s)", [restored, merged_with])
        if not cursor.fetchone()[0]:
            raise CannotMerge("the two were not taken for one person")
