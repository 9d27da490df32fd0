from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("staff", "0011_erasures_by_order")]

    operations = [
        migrations.AlterField(
            model_name="harvestalarm",
            name="rule",
            field=models.CharField(
                choices=[
                    ("misses", "Most numbers belong to nobody"),
                    ("near", "Many numbers close to each other"),
                    ("habit", "Far more than usual"),
                    ("peers", "Far more than the colleagues"),
                    ("volume", "Very many look-ups"),
                    ("night", "Look-ups at night"),
                ],
                max_length=16,
                verbose_name="rule",
            ),
        ),
    ]
