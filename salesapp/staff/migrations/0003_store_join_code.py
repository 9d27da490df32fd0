from django.db import migrations, models

import salesapp.staff.models.store


def give_codes(apps, schema_editor):
    store_model = apps.get_model("staff", "Store")
    stores = list(store_model.objects.only("pk"))
    for store in stores:
        store.join_code = salesapp.staff.models.store.make_join_code()
    store_model.objects.bulk_update(stores, ["join_code"], batch_size=1000)


class Migration(migrations.Migration):

    dependencies = [
        ('staff', '0002_privacy_reasons'),
    ]

    operations = [
        migrations.AddField(
            model_name='store',
            name='join_code',
            field=models.CharField(default='', editable=False, max_length=10),
            preserve_default=False,
        ),
        migrations.RunPython(give_codes, migrations.RunPython.noop),
        migrations.AlterField(
            model_name='store',
            name='join_code',
            field=models.CharField(default=salesapp.staff.models.store.make_join_code, editable=False, max_length=10, unique=True),
        ),
    ]
