from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('geo', '0006_retention_rule'),
    ]

    operations = [
        migrations.AddField(
            model_name='importrun',
            name='made_at',
            field=models.DateTimeField(null=True, verbose_name='list made'),
        ),
        migrations.AddIndex(
            model_name='importrun',
            index=models.Index(condition=models.Q(('made_at__isnull', False)), fields=['kind', 'made_at'], name='import_run_made'),
        ),
    ]
