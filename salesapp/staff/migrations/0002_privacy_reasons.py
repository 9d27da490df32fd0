from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('staff', '0001_models'),
    ]

    operations = [
        migrations.AlterField(
            model_name='accessentry',
            name='reason',
            field=models.CharField(choices=[('counter', 'In store'), ('call', 'On the phone'), ('service', 'Service'), ('request', 'The member asks'), ('complaint', 'Complaint'), ('audit', 'Audit')], max_length=16, verbose_name='reason'),
        ),
    ]
