import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """The rows are computed, so the table is made anew."""

    dependencies = [("members", "0002_protected_count")]
    operations = [
        migrations.DeleteModel("NeighbourList"),
        migrations.CreateModel(
            "NeighbourList",
            [
                ("pk", models.CompositePrimaryKey("place_id", "category", blank=True, editable=False, primary_key=True, serialize=False)),
                ("place_id", models.BigIntegerField()),
                ("as_of", models.DateField()),
                ("half_life_years", models.FloatField()),
                ("shrink", models.FloatField()),
                ("totals", django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), size=4)),
                ("products", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ("levels", django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(), size=None)),
                ("households", django.contrib.postgres.fields.ArrayField(base_field=django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=4), size=None)),
                ("weights", django.contrib.postgres.fields.ArrayField(base_field=django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), size=4), size=None)),
                ("category", models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="members.category")),
            ],
        ),
    ]
