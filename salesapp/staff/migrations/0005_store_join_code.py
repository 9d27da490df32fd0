from django.db import migrations, models

import salesapp.staff.models.store


def give_each_its_own(apps, schema_editor):
    Store = apps.get_model("staff", "Store")
    for store in Store.objects.only("pk").iterator():
        Store.objects.filter(pk=store.pk).update(join_code=salesapp.staff.models.store.fresh_join_code())


class Migration(migrations.Migration):

    dependencies = [
        ('staff', '0004_harvest_alarms'),
    ]

    operations = [
        migrations.AddField(
            model_name='store',
            name='join_code',
            field=models.CharField(editable=False, max_length=10, null=True, verbose_name='code for self-registration'),
        ),
        migrations.RunPython(give_each_its_own, migrations.RunPython.noop),
        migrations.AlterField(
            model_name='store',
            name='join_code',
            field=models.CharField(default=salesapp.staff.models.store.fresh_join_code, editable=False, max_length=10, unique=True, verbose_name='code for self-registration'),
        ),
    ]
