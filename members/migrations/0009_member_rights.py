import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

# What was said stays said, and of whom stays; of a member who was erased the network address and the source system's
# key may be struck out, and nothing else.
STRIKE_OUT = """
create or replace function members_consent_append_only() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and new.evidence = old.evidence - array['ip', 'record']
        and to_jsonb(new) - 'evidence' = to_jsonb(old) - 'evidence'
        and exists (select from members_member m where m.id = old.member_id and m.erased_at is not null)
    then
        return new;
    end if;
    raise exception 'the ledger of consents only grows: % is refused', tg_op
        using errcode = 'restrict_violation', hint = 'Record a further consent or withdrawal instead.';
end $$
"""
STRIKE_NOTHING_OUT = """
create or replace function members_consent_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'the ledger of consents only grows: % is refused', tg_op
        using errcode = 'restrict_violation', hint = 'Record a further consent or withdrawal instead.';
end $$
"""


class Migration(migrations.Migration):

    dependencies = [
        ('geo', '0002_models'),
        ('members', '0008_category_glyph'),
        ('staff', '0001_models'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='MemberSession',
            fields=[
                ('key', models.BinaryField(max_length=16, primary_key=True, serialize=False)),
                ('member_id', models.BigIntegerField(db_index=True)),
                ('bidx', models.BinaryField(max_length=16)),
                ('masked', models.CharField(max_length=20)),
                ('begun_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('seen_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name='SealingKey',
            fields=[
                ('key_id', models.CharField(max_length=255, primary_key=True, serialize=False)),
                ('public', models.BinaryField(max_length=32)),
                ('tag', models.BinaryField(max_length=16)),
                ('published_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name='Tombstone',
            fields=[
                ('bidx', models.BinaryField(max_length=16, primary_key=True, serialize=False)),
                ('erased_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='CommunityRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('member_id', models.BigIntegerField(db_index=True)),
                ('asked_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('settled_at', models.DateTimeField(null=True)),
                ('granted', models.BooleanField(null=True)),
                ('community', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='geo.community')),
                ('settled_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('settled_at', None)), fields=('member_id',), name='community_request_one_open')],
            },
        ),
        migrations.CreateModel(
            name='Erasure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('member_id', models.BigIntegerField()),
                ('requested_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('reason', models.CharField(choices=[('own', 'by the member, on their page'), ('request', 'The member asks'), ('complaint', 'Complaint'), ('order', 'Order of an authority'), ('replay', 'erased before the restore of a backup')], max_length=12)),
                ('done_at', models.DateTimeField(null=True)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('done_at', None)), fields=['requested_at'], name='erasure_to_do')],
            },
        ),
        migrations.CreateModel(
            name='Verification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.BinaryField(max_length=16, unique=True)),
                ('purpose', models.CharField(choices=[('join', 'Join'), ('sign_in', 'Sign In'), ('erase', 'Erase')], max_length=8)),
                ('bidx', models.BinaryField(max_length=16)),
                ('masked', models.CharField(max_length=20)),
                ('member_id', models.BigIntegerField()),
                ('ciphertext', models.BinaryField()),
                ('language', models.CharField(max_length=10)),
                ('told', models.JSONField(default=dict)),
                ('asked_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('expires_at', models.DateTimeField()),
                ('handed_over_at', models.DateTimeField(null=True)),
                ('code_hash', models.BinaryField(max_length=16, null=True)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('store', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='staff.store')),
            ],
            options={
                'indexes': [models.Index(fields=['bidx'], name='verification_bidx'), models.Index(fields=['expires_at'], name='verification_expires')],
            },
        ),
        migrations.RunSQL(STRIKE_OUT, STRIKE_NOTHING_OUT),
    ]
