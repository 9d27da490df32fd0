
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0009_member_rights'),
    ]

    operations = [
        migrations.AlterField(
            model_name='publishedfigures',
            name='kind',
            field=models.CharField(choices=[('needs', 'Needs'), ('neighbours', 'Neighbours'), ('community_stats', 'Community Stats'), ('audience', 'Audience'), ('team_weeks', 'Team Weeks')], max_length=16, primary_key=True, serialize=False),
        ),
    ]
