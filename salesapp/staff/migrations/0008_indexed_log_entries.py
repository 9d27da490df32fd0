from django.db import migrations


class Migration(migrations.Migration):
    """Django's log of changes has an index over the user alone: the list of one user's is in the order of ids, and the
    history of one row is found by its kind and id."""

    dependencies = [
        ("staff", "0007_indexed_lists"),
        ("admin", "0003_logentry_add_action_flag_choices"),
    ]

    operations = [
        migrations.RunSQL(
            [
                "create index django_admin_log_user on django_admin_log (user_id, id)",
                "create index django_admin_log_row on django_admin_log (content_type_id, object_id)",
            ],
            ["drop index django_admin_log_row", "drop index django_admin_log_user"],
        )
    ]
