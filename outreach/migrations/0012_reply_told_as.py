import django.contrib.postgres.functions
from django.db import migrations, models

# What is on file was known by its moment and is told no more; random names keep it apart
KEY = """
alter table outreach_reply
  add column told_as uuid not null default gen_random_uuid(),
  drop constraint outreach_reply_pkey,
  add primary key (member_id, channel, told_as, is_opt_out)
"""
BACK = """
alter table outreach_reply
  drop constraint outreach_reply_pkey,
  add primary key (member_id, channel, at, is_opt_out),
  drop column told_as
"""


class Migration(migrations.Migration):
    dependencies = [("outreach", "0011_measured_anew")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(KEY, BACK)],
            # Django changes no composite key
            state_operations=[
                migrations.DeleteModel("Reply"),
                migrations.CreateModel(
                    name="Reply",
                    fields=[
                        ("pk", models.CompositePrimaryKey("member_id", "channel", "told_as", "is_opt_out", blank=True, editable=False, primary_key=True, serialize=False)),
                        ("member_id", models.BigIntegerField()),
                        ("channel", models.SmallIntegerField(choices=[(1, "SMS"), (2, "e-mail"), (3, "app push"), (4, "WeChat")])),
                        ("told_as", models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID())),
                        ("at", models.DateTimeField()),
                        ("is_opt_out", models.BooleanField()),
                        ("no", models.IntegerField(null=True)),
                    ],
                ),
            ],
        ),
    ]
