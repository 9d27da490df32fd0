from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('outreach', '0009_sent_code'),
    ]

    operations = [
        migrations.AlterField(
            model_name='recipient',
            name='state',
            field=models.SmallIntegerField(choices=[(0, 'waiting'), (1, 'written to'), (2, 'could not be written to'), (3, 'held out, to compare'), (4, 'the broadcast was stopped')]),
        ),
    ]
