from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("staff", "0008_indexed_log_entries")]

    operations = [
        migrations.AddIndex(
            model_name="accessblock", index=models.Index(fields=["sealed_at"], name="access_block_sealed")
        ),
    ]
