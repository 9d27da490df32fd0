import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

# What was approved stays as it was: messages refer to versions for years, and two people vouched for the words
KEEP_VERSION = """
create function outreach_keep_approved_version() returns trigger language plpgsql as $$
begin
    if old.approved_at is not null then
        raise exception 'an approved version does not change' using errcode = 'check_violation';
    end if;
    return case tg_op when 'DELETE' then old else new end;
end $$;
create trigger outreach_templateversion_kept before update or delete on outreach_templateversion
    for each row execute function outreach_keep_approved_version()
"""
# Nor may words that were approved as marketing become service, which is sent without consent
KEEP_TEMPLATE = """
create function outreach_keep_approved_template() returns trigger language plpgsql as $$
begin
    if (new.channel, new.language, new.service) is distinct from (old.channel, old.language, old.service)
       and exists (select from outreach_templateversion where template_id = old.id and approved_at is not null) then
        raise exception 'a template with an approved version does not change' using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger outreach_template_kept before update on outreach_template
    for each row execute function outreach_keep_approved_template()
"""


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0004_consent'),
        ('outreach', '0001_contact_guard'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Click',
            fields=[
                ('pk', models.CompositePrimaryKey('member_id', 'no', blank=True, editable=False, primary_key=True, serialize=False)),
                ('member_id', models.BigIntegerField()),
                ('no', models.IntegerField()),
                ('first_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('count', models.SmallIntegerField(default=1)),
            ],
        ),
        migrations.CreateModel(
            name='MessageText',
            fields=[
                ('pk', models.CompositePrimaryKey('member_id', 'no', blank=True, editable=False, primary_key=True, serialize=False)),
                ('member_id', models.BigIntegerField()),
                ('no', models.IntegerField()),
                ('subject', models.TextField()),
                ('text', models.TextField()),
                ('parameters', models.JSONField()),
            ],
        ),
        migrations.CreateModel(
            name='Template',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(unique=True, verbose_name='code')),
                ('name', models.CharField(max_length=60, verbose_name='name')),
                ('channel', models.SmallIntegerField(choices=[(1, 'SMS'), (2, 'e-mail'), (3, 'app push'), (4, 'WeChat')], verbose_name='channel')),
                ('language', models.CharField(choices=[('zh-hans', 'Simplified Chinese'), ('en', 'English')], default='zh-hans', max_length=10, verbose_name='language')),
                ('service', models.BooleanField(default=False, help_text='Delivery and repair only: needs no consent and does not use up the month.', verbose_name='service message')),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
                ('category', models.ForeignKey(blank=True, help_text='Empty: for every category.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.category', verbose_name='category')),
            ],
            options={
                'verbose_name': 'template',
                'verbose_name_plural': 'templates',
            },
        ),
        migrations.CreateModel(
            name='TemplateVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(verbose_name='version')),
                ('subject', models.CharField(blank=True, max_length=100, verbose_name='subject')),
                ('body', models.TextField(verbose_name='text')),
                ('landing_url', models.CharField(blank=True, max_length=300, verbose_name='landing page')),
                ('provider_code', models.CharField(blank=True, max_length=64, verbose_name="provider's template id")),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='written at')),
                ('approved_at', models.DateTimeField(null=True, verbose_name='approved at')),
                ('approved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='approved by')),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='written by')),
                ('template', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='outreach.template', verbose_name='template')),
            ],
            options={
                'verbose_name': 'template version',
                'verbose_name_plural': 'template versions',
            },
        ),
        migrations.CreateModel(
            name='RequestKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=100)),
                ('digest', models.BinaryField(max_length=16)),
                ('answer', models.JSONField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), db_index=True)),
                ('employee', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('employee', 'key'), name='request_key_of_employee')],
            },
        ),
        migrations.AddConstraint(
            model_name='template',
            constraint=models.CheckConstraint(condition=models.Q(('channel__in', [1, 2, 3, 4])), name='template_channel_is_known'),
        ),
        migrations.AddConstraint(
            model_name='templateversion',
            constraint=models.UniqueConstraint(fields=('template', 'number'), name='template_version_number'),
        ),
        migrations.AddConstraint(
            model_name='templateversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('approved_at', None), ('approved_by', None)), models.Q(('approved_at__isnull', False), ('approved_by__isnull', False), models.Q(('created_by', None), models.Q(('created_by', models.F('approved_by')), _negated=True), _connector='OR')), _connector='OR'), name='template_version_approved_by_another'),
        ),
        migrations.RunSQL(
            KEEP_VERSION,
            "drop trigger outreach_templateversion_kept on outreach_templateversion;"
            " drop function outreach_keep_approved_version()",
        ),
        migrations.RunSQL(
            KEEP_TEMPLATE,
            "drop trigger outreach_template_kept on outreach_template; drop function outreach_keep_approved_template()",
        ),
    ]
