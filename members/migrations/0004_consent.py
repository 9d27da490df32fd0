import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


# Key and checks that Django cannot say. The key begins with the member, for hash partitions.
LEDGER = """
alter table members_consent
    drop constraint members_consent_pkey,
    add constraint members_consent_pkey primary key (member_id, id),
    add constraint consent_evidence_closed check (
        jsonb_typeof(evidence) = 'object'
        and evidence - array['ip', 'store', 'form', 'message', 'record'] = '{}'::jsonb
        and octet_length(evidence::text) <= 1000
    )
"""

# What was said stays said: a correction is another row.
APPEND_ONLY = """
create function members_consent_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'the ledger of consents only grows: % is refused', tg_op
        using errcode = 'restrict_violation', hint = 'Record a further consent or withdrawal instead.';
end $$;
create trigger members_consent_no_change before update or delete on members_consent
    for each row execute function members_consent_append_only();
create trigger members_consent_no_truncate before truncate on members_consent
    for each statement execute function members_consent_append_only()
"""

# A wording that somebody has said yes to is evidence.
WORDING_STAYS = """
create function members_consentwording_stays() returns trigger language plpgsql as $$
begin
    if old.used_at is not null then
        raise exception 'the wording is in use and stays as it is'
            using errcode = 'restrict_violation', hint = 'Add a further version instead.';
    end if;
    return coalesce(new, old);
end $$;
create trigger members_consentwording_stays before update or delete on members_consentwording
    for each row execute function members_consentwording_stays()
"""

# The one writer of ledger and state, for many sayings at once: parallel arrays in, the numbers of the new rows out,
# null where there is no such member or one who was erased says yes. Refusals are those of the named checks.
#
# Locks, in this order: members against a merge (and, where they object, against hand-overs), then state rows against
# hand-overs, each by number; then the clock is read. So the order of recorded_at is the order in which consents and
# hand-overs took effect.
RECORD = """
create function members_record_consents(
    members bigint[], channels smallint[], purposes smallint[], givens boolean[], sources text[], saids timestamptz[],
    wordings bigint[], employee bigint, proofs jsonb[]
) returns bigint[] language plpgsql security definer set search_path = public, pg_temp as $$
declare
    merged boolean;
    entries bigint[];
    moment timestamptz;
    -- the state rows concerned: their keys, the latest yes and no; infinity stands for the moment of recording
    whose bigint[]; channel_of smallint[]; purpose_of smallint[]; yes timestamptz[]; no timestamptz[];
begin
    loop  -- who was merged into somebody is that somebody
        if 2 = any(purposes) then
            perform from members_member m where m.id = any(members) order by m.id for no key update;
        else
            perform from members_member m where m.id = any(members) order by m.id for key share;
        end if;
        select array_agg(
                case when asked.given and m.erased_at is not null then null else coalesce(m.merged_into, m.id) end
                order by asked.place
            ), bool_or(m.merged_into is not null)
        into members, merged
        from unnest(members, givens) with ordinality asked (member_id, given, place)
        left join members_member m on m.id = asked.member_id;
        exit when merged is not true;
    end loop;

    select array_agg(member_id), array_agg(channel), array_agg(purpose), array_agg(last_yes), array_agg(last_no)
    into whose, channel_of, purpose_of, yes, no
    from (
        select asked.member_id, each.channel, asked.purpose,
            max(coalesce(asked.said, 'infinity')) filter (where asked.given) as last_yes,
            max(coalesce(asked.said, 'infinity')) filter (where not asked.given) as last_no
        from unnest(members, channels, purposes, givens, saids) asked (member_id, channel, purpose, given, said)
        cross join lateral unnest(
            case when asked.channel = 0 and asked.purpose = 1 then '{1,2,3,4}' else array[asked.channel] end
        ) each (channel)
        where asked.member_id is not null
        group by 1, 2, 3
        order by 1, 2, 3
    ) concerned;
    insert into members_consentstate (member_id, channel, purpose)
    select * from unnest(whose, channel_of, purpose_of)
    on conflict do nothing;
    perform from members_consentstate s
    join unnest(whose, channel_of, purpose_of) concerned (member_id, channel, purpose)
        using (member_id, channel, purpose)
    order by s.member_id, s.channel, s.purpose
    for no key update of s;
    moment := clock_timestamp();

    if exists (
        select from unnest(members, channels, purposes, wordings) asked (member_id, channel, purpose, wording_id)
        left join members_consentwording w
            on w.id = asked.wording_id and w.purpose = asked.purpose and w.channel in (0, asked.channel)
        where asked.wording_id is not null and w.id is null
    ) then
        raise exception 'no such wording for this channel and purpose'
            using errcode = 'check_violation', constraint = 'consent_wording_of_its_kind';
    end if;
    update members_consentwording set used_at = moment where id = any(wordings) and used_at is null;

    entries := array(
        select case when member_id is not null then nextval('members_consent_id_seq') end
        from unnest(members) with ordinality asked (member_id, place)
        order by place
    );
    insert into members_consent (
        id, member_id, channel, purpose, given, source, said_at, wording_id, evidence, recorded_at, by_employee
    )
    select id, member_id, channel, purpose, given, source, coalesce(said, moment), wording_id, proof, moment, employee
    from unnest(entries, members, channels, purposes, givens, sources, saids, wordings, proofs)
        asked (id, member_id, channel, purpose, given, source, said, wording_id, proof)
    where id is not null
    order by member_id, id;

    update members_consentstate s
    set given_at = greatest(s.given_at, case last_yes when 'infinity' then moment else last_yes end),
        withdrawn_at = greatest(s.withdrawn_at, case last_no when 'infinity' then moment else last_no end)
    from unnest(whose, channel_of, purpose_of, yes, no) concerned (member_id, channel, purpose, last_yes, last_no)
    where s.member_id = concerned.member_id and s.channel = concerned.channel and s.purpose = concerned.purpose;
    if 2 = any(purposes) then
        update members_member m
        set refuses_profiling = not s.given
        from members_consentstate s
        where m.id = any(members) and s.member_id = m.id and s.channel = 0 and s.purpose = 2
            and m.refuses_profiling = s.given;
    end if;
    return entries;
end $$;

create function members_record_consent(
    of_member bigint, on_channel smallint, for_purpose smallint, is_given boolean, from_source text,
    said timestamptz default null, under_wording bigint default null, employee bigint default null,
    proof jsonb default '{}'
) returns bigint language sql security definer set search_path = public, pg_temp as $$
    select (members_record_consents(
        array[of_member], array[on_channel], array[for_purpose], array[is_given], array[from_source], array[said],
        array[under_wording], employee, array[proof]
    ))[1]
$$;
revoke execute on function members_record_consents, members_record_consent from public
"""


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0003_more_addresses'),
    ]

    operations = [
        migrations.CreateModel(
            name='ConsentWording',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.SlugField(max_length=40, unique=True, verbose_name='version')),
                ('channel', models.SmallIntegerField(choices=[(0, 'every channel'), (1, 'SMS'), (2, 'e-mail'), (3, 'app push'), (4, 'WeChat')], default=0, verbose_name='channel')),
                ('purpose', models.SmallIntegerField(choices=[(1, 'marketing'), (2, 'profiling')], default=1, verbose_name='purpose')),
                ('language', models.CharField(max_length=10, verbose_name='language')),
                ('text', models.TextField(verbose_name='text')),
                ('valid_from', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='valid from')),
                ('used_at', models.DateTimeField(editable=False, null=True, verbose_name='first used')),
            ],
            options={
                'verbose_name': 'consent wording',
                'verbose_name_plural': 'consent wordings',
            },
        ),
        migrations.AddField(
            model_name='member',
            name='merged_into',
            field=models.BigIntegerField(null=True),
        ),
        migrations.CreateModel(
            name='ConsentState',
            fields=[
                ('pk', models.CompositePrimaryKey('member_id', 'channel', 'purpose', blank=True, editable=False, primary_key=True, serialize=False)),
                ('member_id', models.BigIntegerField()),
                ('channel', models.SmallIntegerField(choices=[(0, 'every channel'), (1, 'SMS'), (2, 'e-mail'), (3, 'app push'), (4, 'WeChat')])),
                ('purpose', models.SmallIntegerField(choices=[(1, 'marketing'), (2, 'profiling')])),
                ('given_at', models.DateTimeField(null=True)),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('given', models.GeneratedField(db_persist=True, expression=models.ExpressionWrapper(models.Q(('given_at__isnull', False), models.Q(('withdrawn_at__isnull', True), ('given_at__gt', models.F('withdrawn_at')), _connector='OR')), output_field=models.BooleanField()), output_field=models.BooleanField())),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('channel__range', (1, 4)), ('purpose', 1)), models.Q(('channel', 0), ('purpose', 2)), _connector='OR'), name='consent_state_channel_of_its_purpose')],
            },
        ),
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('member_id', models.BigIntegerField()),
                ('channel', models.SmallIntegerField(choices=[(0, 'every channel'), (1, 'SMS'), (2, 'e-mail'), (3, 'app push'), (4, 'WeChat')], verbose_name='channel')),
                ('purpose', models.SmallIntegerField(choices=[(1, 'marketing'), (2, 'profiling')], verbose_name='purpose')),
                ('given', models.BooleanField(verbose_name='given')),
                ('source', models.CharField(choices=[('store', 'in store'), ('form', 'registration form'), ('phone', 'on the phone'), ('office', 'privacy office'), ('import', 'import'), ('unsubscribe_link', 'unsubscribe link'), ('reply', 'reply to a message'), ('merge', 'merge of two members')], max_length=16, verbose_name='source')),
                ('said_at', models.DateTimeField(verbose_name='said')),
                ('recorded_at', models.DateTimeField(verbose_name='recorded')),
                ('by_employee', models.BigIntegerField(null=True)),
                ('evidence', models.JSONField(verbose_name='evidence')),
                ('wording', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='members.consentwording', verbose_name='wording')),
            ],
            options={
                'verbose_name': 'consent',
                'verbose_name_plural': 'consents',
                'constraints': [models.CheckConstraint(condition=models.Q(('channel__range', (0, 4))), name='consent_channel_known'), models.CheckConstraint(condition=models.Q(('source__in', ['store', 'form', 'phone', 'office', 'import', 'unsubscribe_link', 'reply', 'merge'])), name='consent_source_known'), models.CheckConstraint(condition=models.Q(('given', False), models.Q(('source__in', ['unsubscribe_link', 'reply']), _negated=True), _connector='OR'), name='consent_links_and_replies_only_withdraw'), models.CheckConstraint(condition=models.Q(models.Q(('channel__gt', 0), ('purpose', 1)), models.Q(('given', False), ('purpose', 1)), models.Q(('channel', 0), ('purpose', 2)), _connector='OR'), name='consent_channel_of_its_purpose'), models.CheckConstraint(condition=models.Q(('said_at__lte', models.F('recorded_at'))), name='consent_said_before_recorded')],
            },
        ),
        migrations.RunSQL(LEDGER, migrations.RunSQL.noop),
        migrations.RunSQL(APPEND_ONLY, "drop function members_consent_append_only cascade"),
        migrations.RunSQL(WORDING_STAYS, "drop function members_consentwording_stays cascade"),
        migrations.RunSQL(RECORD, "drop function members_record_consent, members_record_consents"),
    ]
