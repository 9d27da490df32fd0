from django.db import migrations, models

from members.glyphs import guessed_glyph


def guess(apps, schema_editor):
    Category = apps.get_model("members", "Category")
    for category in Category.objects.all():
        category.glyph = guessed_glyph(category.code, category.name, category.name_en)
        category.save(update_fields=["glyph"])


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0007_consent_as_of'),
    ]

    operations = [
        migrations.AddField(
            model_name='category',
            name='glyph',
            field=models.CharField(choices=[('fridge', 'refrigerator'), ('freezer', 'freezer'), ('washer', 'washing machine'), ('dryer', 'dryer'), ('air_conditioner', 'air conditioner'), ('water_heater', 'water heater'), ('water_purifier', 'water purifier'), ('tv', 'television'), ('hood', 'range hood'), ('stove', 'stove'), ('oven', 'oven'), ('dishwasher', 'dishwasher'), ('cleaner', 'cleaner'), ('other', 'other appliance')], default='other', max_length=16, verbose_name='drawn as'),
        ),
        migrations.RunPython(guess, migrations.RunPython.noop),
    ]
