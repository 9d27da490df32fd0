import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

APPEND_ONLY = "".join(
    f"""
create trigger {table}_no_change before update or delete on {table}
    for each row execute function staff_only_grows();
create trigger {table}_no_truncate before truncate on {table}
    for each statement execute function staff_only_grows();
"""
    for table in ("staff_harvestalarm", "staff_harvestdecision")
)


class Migration(migrations.Migration):

    dependencies = [("staff", "0003_access_log_is_evidence")]

    operations = [
        migrations.AddField(
            model_name="employee",
            name="look_ups_held_at",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="look-ups held"),
        ),
        migrations.CreateModel(
            name="HarvestAlarm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="at")),
                (
                    "rule",
                    models.CharField(
                        choices=[
                            ("misses", "Most numbers belong to nobody"),
                            ("near", "Many numbers close to each other"),
                            ("habit", "Far more than usual"),
                            ("peers", "Far more than the colleagues"),
                            ("night", "Look-ups at night"),
                        ],
                        max_length=16,
                        verbose_name="rule",
                    ),
                ),
                ("figures", models.JSONField(verbose_name="figures")),
                (
                    "employee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL,
                        verbose_name="employee",
                    ),
                ),
            ],
            options={"verbose_name": "alarm", "verbose_name_plural": "alarms"},
        ),
        migrations.CreateModel(
            name="HarvestDecision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="at")),
                (
                    "outcome",
                    models.CharField(
                        choices=[("released", "Released"), ("disabled", "Disabled")], max_length=16,
                        verbose_name="outcome",
                    ),
                ),
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
                (
                    "alarm",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="decision", to="staff.harvestalarm",
                        verbose_name="alarm",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
            ],
            options={"verbose_name": "decision", "verbose_name_plural": "decisions"},
        ),
        migrations.RunSQL(APPEND_ONLY, migrations.RunSQL.noop),
    ]
