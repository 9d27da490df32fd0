from django.db import migrations, models


class Migration(migrations.Migration):
    """The counter reads purchases by household; nothing reads them by community and category."""

    dependencies = [("members", "0003_neighbour_list_by_place")]
    operations = [
        migrations.RemoveIndex("purchase", "purchase_community_category"),
        migrations.AddIndex("purchase", models.Index(fields=["household"], name="purchase_household")),
    ]
