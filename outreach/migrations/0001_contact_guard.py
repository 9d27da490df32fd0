"""The tables and functions of the contact promise are SQL, in the file beside this one."""

from pathlib import Path

import django.core.validators
from django.db import migrations, models

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    initial = True

    dependencies = [("members", "0004_consent")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(SQL)],
            state_operations=[
            migrations.CreateModel(
                name='ContactGuard',
                fields=[
                    ('member_id', models.BigIntegerField(primary_key=True, serialize=False)),
                    ('blocked_until', models.DateTimeField()),
                    ('fence', models.IntegerField()),
                    ('last_no', models.IntegerField()),
                    ('merged_into', models.BigIntegerField(null=True)),
                ],
            ),
            migrations.CreateModel(
                name='Message',
                fields=[
                    ('pk', models.CompositePrimaryKey('member_id', 'no', blank=True, editable=False, primary_key=True, serialize=False)),
                    ('member_id', models.BigIntegerField()),
                    ('no', models.IntegerField()),
                    ('state', models.SmallIntegerField(choices=[(0, 'waiting'), (1, 'being sent'), (2, 'handed over'), (3, 'outcome unknown'), (4, 'not sent'), (5, 'cancelled')])),
                    ('channel', models.SmallIntegerField(choices=[(1, 'SMS'), (2, 'e-mail'), (3, 'app push'), (4, 'WeChat')])),
                    ('service', models.BooleanField()),
                    ('version_id', models.BigIntegerField()),
                    ('broadcast_id', models.BigIntegerField(null=True)),
                    ('sender_id', models.BigIntegerField(null=True)),
                    ('claimed_at', models.DateTimeField()),
                    ('send_by', models.DateTimeField()),
                    ('handover_at', models.DateTimeField(null=True)),
                    ('settled_at', models.DateTimeField(null=True)),
                    ('provider', models.TextField(null=True)),
                    ('provider_ref', models.TextField(null=True)),
                    ('reason', models.TextField(null=True)),
                ],
            ),
            migrations.CreateModel(
                name='ContactMerge',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('loser', models.BigIntegerField()),
                    ('winner', models.BigIntegerField()),
                    ('at', models.DateTimeField()),
                    ('undone', models.BooleanField()),
                ],
                options={
                    'indexes': [models.Index(fields=['at'], name='contact_merge_at')],
                },
            ),
            migrations.CreateModel(
                name='ContactPolicy',
                fields=[
                    ('id', models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                    ('month_hours', models.PositiveIntegerField(default=744, validators=[django.core.validators.MinValueValidator(744)], verbose_name='hours between two messages')),
                    ('approval_above', models.PositiveIntegerField(default=1000, verbose_name='members above which a second person approves')),
                    ('sending_on', models.BooleanField(default=True, editable=False, verbose_name='sending is on')),
                    ('generation', models.PositiveIntegerField(default=1, editable=False, verbose_name='generation')),
                    ('fingerprint', models.TextField(editable=False)),
                    ('closed_until', models.DateTimeField(editable=False, null=True, verbose_name='closed until')),
                ],
                options={
                    'verbose_name': 'contact policy',
                    'verbose_name_plural': 'contact policy',
                    'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='contact_policy_is_one'), models.CheckConstraint(condition=models.Q(('month_hours__gte', 744)), name='contact_policy_month')],
                },
            ),
            ],
        ),
    ]
