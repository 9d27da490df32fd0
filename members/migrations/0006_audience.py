import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0005_member_merge'),
    ]

    operations = [
        migrations.AlterField(
            model_name='publishedfigures',
            name='kind',
            field=models.CharField(choices=[('needs', 'Needs'), ('neighbours', 'Neighbours'), ('community_stats', 'Community Stats'), ('audience', 'Audience')], max_length=16, primary_key=True, serialize=False),
        ),
        migrations.AddIndex(
            model_name='consent',
            index=django.contrib.postgres.indexes.BrinIndex(fields=['recorded_at'], name='consent_recorded', pages_per_range=16),
        ),
    ]
