import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0004_consent'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='identitylink',
            name='reason',
            field=models.CharField(choices=[('same_phone', 'Same Phone'), ('merge', 'Merge')], max_length=20),
        ),
        migrations.CreateModel(
            name='MemberMerge',
            fields=[
                ('pk', models.CompositePrimaryKey('loser_id', 'merged_at', blank=True, editable=False, primary_key=True, serialize=False)),
                ('loser_id', models.BigIntegerField()),
                ('winner_id', models.BigIntegerField()),
                ('merged_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('reason', models.CharField(max_length=200)),
                ('moved', models.JSONField()),
                ('undone_at', models.DateTimeField(null=True)),
                ('undone_reason', models.CharField(blank=True, default='', max_length=200)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('undone_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['winner_id'], name='member_merge_winner')],
            },
        ),
    ]
