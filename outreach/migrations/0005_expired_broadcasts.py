
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('outreach', '0004_broadcasts'),
    ]

    operations = [
        migrations.AlterField(
            model_name='broadcast',
            name='state',
            field=models.CharField(choices=[('awaiting_approval', 'awaiting approval'), ('scheduled', 'scheduled'), ('running', 'running'), ('paused', 'paused'), ('done', 'done'), ('cancelled', 'cancelled'), ('expired', 'expired')], max_length=20),
        ),
    ]
