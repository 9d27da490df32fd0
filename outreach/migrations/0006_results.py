
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# The sender's index serves whoever asks for one sender's; each column that is looked up is so only where it is asked for
OUTCOME = """
create view outreach_outcome as
select
    message.member_id, message.no, message.sender_id, message.channel, message.state, message.claimed_at,
    message.handover_at,
    template.name as template,
    coalesce(written.category_id, template.category_id) as category_id,
    receipt.state as delivery,
    (
        select min(reply.at) from outreach_reply reply
        where reply.member_id = message.member_id and reply.no = message.no and not reply.is_opt_out
    ) as replied_at,
    -- A member gets one message a month, so a link or a reply in that time answers this one
    exists (
        select from members_consent withdrawal
        where withdrawal.member_id = message.member_id
          and not withdrawal.given
          and withdrawal.purpose = 1
          and withdrawal.source in ('unsubscribe_link', 'reply')
          and withdrawal.recorded_at between message.handover_at and message.handover_at + interval '744 hours'
    ) as opted_out,
    (
        -- Who was merged is by now somebody else, whose the purchases are
        with recursive person as (
            select member.id, member.merged_into from members_member member where member.id = message.member_id
            union all
            select winner.id, winner.merged_into
            from person join members_member winner on winner.id = person.merged_into
        )
        select min(purchase.bought_on)
        from person
        join members_purchase purchase on purchase.member_id = person.id
        join members_category bought on bought.id = purchase.category_id
        where person.merged_into is null
          -- a premium fridge is a fridge
          and coalesce(written.category_id, template.category_id) in (bought.id, bought.premium_of_id)
          and message.state in (1, 2, 3)
          and purchase.bought_on >= (message.handover_at at time zone 'Asia/Shanghai')::date
    ) as bought_on
from outreach_message message
left join outreach_templateversion version on version.id = message.version_id
left join outreach_template template on template.id = version.template_id
left join outreach_messagetext written on written.member_id = message.member_id and written.no = message.no
left join outreach_delivery receipt on receipt.member_id = message.member_id and receipt.no = message.no
where message.sender_id is not null and message.broadcast_id is null and not message.service
"""


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0010_team_weeks'),
        ('outreach', '0005_expired_broadcasts'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Outcome',
            fields=[
                ('pk', models.CompositePrimaryKey('member_id', 'no', blank=True, editable=False, primary_key=True, serialize=False)),
                ('member_id', models.BigIntegerField()),
                ('no', models.IntegerField()),
                ('sender_id', models.BigIntegerField()),
                ('channel', models.SmallIntegerField(choices=[(1, 'SMS'), (2, 'e-mail'), (3, 'app push'), (4, 'WeChat')])),
                ('state', models.SmallIntegerField(choices=[(0, 'waiting'), (1, 'being sent'), (2, 'handed over'), (3, 'outcome unknown'), (4, 'not sent'), (5, 'cancelled')])),
                ('claimed_at', models.DateTimeField()),
                ('handover_at', models.DateTimeField(null=True)),
                ('template', models.TextField()),
                ('category_id', models.BigIntegerField(null=True)),
                ('delivery', models.SmallIntegerField(null=True)),
                ('replied_at', models.DateTimeField(null=True)),
                ('opted_out', models.BooleanField()),
                ('bought_on', models.DateField(null=True)),
            ],
            options={
                'managed': False,
            },
        ),
        migrations.AddField(
            model_name='messagetext',
            name='category',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.category'),
        ),
        migrations.RunSQL(OUTCOME, "drop view outreach_outcome"),
        migrations.CreateModel(
            name='TeamWeek',
            fields=[
                ('pk', models.CompositePrimaryKey('employee', 'week', blank=True, editable=False, primary_key=True, serialize=False)),
                ('week', models.DateField()),
                ('messages', models.IntegerField()),
                ('replies', models.IntegerField()),
                ('opted_out', models.IntegerField()),
                ('sales', models.IntegerField()),
                ('employee', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['week'], name='team_week_week')],
            },
        ),
    ]
