import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


# The part of the line in which a member is counted: of level 4 first, then by the first reason that applies
PART = """
create function audience_part(
    level smallint, objecting boolean, addresses smallint, consents smallint, blocked boolean, channel integer
) returns integer
language sql immutable parallel safe
return case when level = 4 then 0 else 5 end + case
    when objecting then 0
    when addresses & (1 << channel) = 0 then 1
    when consents & (1 << channel) = 0 then 2
    when blocked then 3
    else 4
end
"""
# How counts are shown that must not be subtracted from each other (docs/adr/0012): where in a group of so many, from
# 0 to 4, the counting by fives begins. Nobody knows the noise, everybody gets the same as long as the number stays.
# The hash is the one of hash partitions, so it is the same in every release.
COUNTING = """
create function count_noise(key bytea, community bigint) returns bigint
language sql immutable strict parallel safe
return ('x' || encode(substring(sha256(key || int8send(community)) from 1 for 8), 'hex'))::bit(64)::bigint;

create function place_in_five(noise bigint, total integer) returns integer
language sql immutable strict parallel safe
return (hashint8extended(noise, total) & 9223372036854775807) % 5
"""


class Migration(migrations.Migration):

    dependencies = [
        ('geo', '0002_models'),
        ('members', '0006_audience'),
        ('outreach', '0003_receipts_and_replies'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(PART, "drop function audience_part"),
        migrations.RunSQL(COUNTING, "drop function count_noise, place_in_five"),
        migrations.CreateModel(
            name='Broadcast',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60)),
                ('communities', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
                ('min_level', models.SmallIntegerField()),
                ('channel', models.SmallIntegerField(choices=[(1, 'SMS'), (2, 'e-mail'), (3, 'app push'), (4, 'WeChat')])),
                ('priority', models.SmallIntegerField()),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('hold_out_percent', models.SmallIntegerField()),
                ('attribution_days', models.SmallIntegerField()),
                ('state', models.CharField(choices=[('awaiting_approval', 'awaiting approval'), ('scheduled', 'scheduled'), ('running', 'running'), ('paused', 'paused'), ('done', 'done'), ('cancelled', 'cancelled')], max_length=20)),
                ('reachable', models.IntegerField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('approved_at', models.DateTimeField(null=True)),
                ('gathered_at', models.DateTimeField(null=True)),
                ('launched_at', models.DateTimeField(null=True)),
                ('results', models.JSONField(null=True)),
                ('measured_at', models.DateTimeField(null=True)),
                ('approved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('category', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.category')),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('region', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='geo.region')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='outreach.templateversion')),
            ],
        ),
        migrations.CreateModel(
            name='Recipient',
            fields=[
                ('pk', models.CompositePrimaryKey('member_id', 'broadcast', blank=True, editable=False, primary_key=True, serialize=False)),
                ('member_id', models.BigIntegerField()),
                ('community_id', models.BigIntegerField()),
                ('batch', models.IntegerField(null=True)),
                ('state', models.SmallIntegerField(choices=[(0, 'Queued'), (1, 'Claimed'), (2, 'Refused'), (3, 'Held Out'), (4, 'Cancelled')])),
                ('reason', models.CharField(choices=[('unknown_member', 'no such member'), ('objects', 'objects to profiling'), ('no_address', 'no address on this channel'), ('no_consent', 'no consent on this channel'), ('month_used', 'contacted within the month'), ('quiet_hours', 'quiet hours'), ('sending_off', 'sending is switched off'), ('wrong_generation', 'a restored copy may not send'), ('closed', 'sending is closed after a restore'), ('expired', 'not sent in time'), ('outranked', 'wanted by a broadcast of higher priority'), ('stopped', 'the broadcast was stopped'), ('lost', 'no longer held')], max_length=20, null=True)),
                ('no', models.IntegerField(null=True)),
                ('broadcast', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='recipients', to='outreach.broadcast')),
            ],
        ),
        migrations.AddConstraint(
            model_name='broadcast',
            constraint=models.CheckConstraint(condition=models.Q(('min_level__in', [3, 4])), name='broadcast_level'),
        ),
        migrations.AddConstraint(
            model_name='broadcast',
            constraint=models.CheckConstraint(condition=models.Q(('starts_at__lt', models.F('ends_at'))), name='broadcast_window'),
        ),
        migrations.AddConstraint(
            model_name='broadcast',
            constraint=models.CheckConstraint(condition=models.Q(('hold_out_percent__range', (0, 50))), name='broadcast_held_out'),
        ),
        migrations.AddConstraint(
            model_name='broadcast',
            constraint=models.CheckConstraint(condition=models.Q(('approved_by', models.F('created_by')), _negated=True), name='broadcast_approved_by_another'),
        ),
        migrations.AddIndex(
            model_name='recipient',
            index=models.Index(condition=models.Q(('state', 0)), fields=['broadcast', 'batch'], name='recipient_queued'),
        ),
        migrations.AddIndex(
            model_name='recipient',
            index=models.Index(fields=['broadcast', 'community_id'], name='recipient_of_broadcast'),
        ),
        migrations.AddConstraint(
            model_name='recipient',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('no__isnull', False), ('reason', None), ('state', 1)), models.Q(('no', None), ('reason__isnull', False), ('state', 2)), models.Q(('no', None), ('reason', None), ('state__in', [0, 3, 4])), _connector='OR'), name='recipient_in_one_state'),
        ),
        migrations.CreateModel(
            name='AudienceCell',
            fields=[
                ('pk', models.CompositePrimaryKey('category', 'community_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('community_id', models.BigIntegerField()),
                ('region_path', models.CharField(db_collation='C', max_length=200)),
                ('noise', models.BigIntegerField()),
                ('lines', django.contrib.postgres.fields.ArrayField(base_field=django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=10), size=4)),
                ('category', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='members.category')),
            ],
            options={
                'indexes': [models.Index(fields=['category', 'region_path'], name='audience_cell_area')],
            },
        ),
        migrations.CreateModel(
            name='AudienceMember',
            fields=[
                ('pk', models.CompositePrimaryKey('member_id', 'category', blank=True, editable=False, primary_key=True, serialize=False)),
                ('member_id', models.BigIntegerField()),
                ('region_path', models.CharField(db_collation='C', max_length=200)),
                ('community_id', models.BigIntegerField()),
                ('level', models.SmallIntegerField()),
                ('objecting', models.BooleanField()),
                ('addresses', models.SmallIntegerField()),
                ('consents', models.SmallIntegerField()),
                ('blocked_until', models.DateTimeField(null=True)),
                ('category', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='members.category')),
            ],
            options={
                'indexes': [models.Index(fields=['category', 'region_path'], name='audience_area'), models.Index(condition=models.Q(('blocked_until__isnull', False)), fields=['blocked_until'], name='audience_blocked')],
            },
        ),
    ]
