from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('geo', '0002_models'),
    ]

    operations = [
        migrations.AlterField(
            model_name='importrun',
            name='kind',
            field=models.CharField(choices=[('regions', 'regions'), ('communities', 'communities'), ('members', 'members'), ('purchases', 'purchases'), ('service_events', 'service events'), ('consents', 'consents')], max_length=20, verbose_name='what was read'),
        ),
    ]
