import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# Months, so that what is too old goes by dropping a table. The number comes first in the key: seals go by it.
PARTITIONED = """
alter table staff_accessentry rename to staff_accessentry_before;
alter table staff_accessentry_before alter id drop identity;
drop sequence if exists staff_accessentry_id_seq;

create sequence staff_accessentry_id_seq;
create table staff_accessentry (
    id bigint not null default nextval('staff_accessentry_id_seq'),
    employee_id bigint not null,
    store_id bigint,
    at timestamptz not null default statement_timestamp(),
    member_id bigint,
    thousand integer,
    reason varchar(16) not null,
    address_hash bytea not null,
    search varchar(200) not null default '',
    constraint staff_accessentry_key primary key (id, at)
) partition by range (at);
alter sequence staff_accessentry_id_seq owned by staff_accessentry.id;
create index access_employee on staff_accessentry (employee_id, id);
create index access_store on staff_accessentry (store_id, id);
create index access_member on staff_accessentry (member_id, id);
create index access_address on staff_accessentry (address_hash, id)
"""

# What was read stays read.
APPEND_ONLY = """
create function staff_only_grows() returns trigger language plpgsql as $$
begin
    raise exception '% only grows: % is refused', tg_table_name, tg_op using errcode = 'restrict_violation';
end $$;
create trigger staff_accessentry_no_change before update or delete on staff_accessentry
    for each row execute function staff_only_grows();
create trigger staff_accessentry_no_truncate before truncate on staff_accessentry
    for each statement execute function staff_only_grows();
create trigger staff_accessblock_no_change before update or delete on staff_accessblock
    for each row execute function staff_only_grows();
create trigger staff_accessblock_no_truncate before truncate on staff_accessblock
    for each statement execute function staff_only_grows()
"""

# The tables of all months from one to another that are not there yet; how many were made. A month that came before its
# table was made lies in the table of the rest and stays there. Truncating a month goes past the triggers of the whole.
MONTHS = """
create function staff_make_access_months(first date, last date) returns integer language plpgsql as $$
declare
    month date := date_trunc('month', first);
    name text;
    made integer := 0;
begin
    while month <= last loop
        name := 'staff_accessentry_' || to_char(month, 'YYYY_MM');
        if to_regclass(name) is null then
            begin
                execute format(
                    'create table %I partition of staff_accessentry for values from (%L) to (%L)',
                    name, month::timestamp at time zone 'UTC', (month + interval '1 month') at time zone 'UTC'
                );
                execute format(
                    'create trigger staff_accessentry_no_truncate before truncate on %I'
                    ' for each statement execute function staff_only_grows()', name
                );
                made := made + 1;
            exception when check_violation then
                raise warning 'entries of % lie in the table of the rest', name;
            end;
        end if;
        month := month + interval '1 month';
    end loop;
    return made;
end $$;
revoke execute on function staff_make_access_months from public;

create table staff_accessentry_rest partition of staff_accessentry default;
create trigger staff_accessentry_no_truncate before truncate on staff_accessentry_rest
    for each statement execute function staff_only_grows();
select staff_make_access_months(
    (select coalesce(min(at), now()) from staff_accessentry_before)::date, (now() + interval '2 months')::date
);
insert into staff_accessentry (id, employee_id, store_id, at, member_id, reason, address_hash)
select id, employee_id, store_id, at, member_id, reason, address_hash from staff_accessentry_before order by id;
select setval('staff_accessentry_id_seq', (select coalesce(max(id), 0) + 1 from staff_accessentry), false);
drop table staff_accessentry_before
"""


class Migration(migrations.Migration):

    dependencies = [("staff", "0002_privacy_reasons")]

    operations = [
        migrations.CreateModel(
            name="AccessBlock",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("after_id", models.BigIntegerField()),
                ("last_id", models.BigIntegerField()),
                ("entries", models.IntegerField()),
                ("first_at", models.DateTimeField(null=True)),
                ("sealed_at", models.DateTimeField()),
                ("forgets", models.BooleanField(default=False)),
                ("key_id", models.CharField(max_length=40)),
                ("digest", models.BinaryField(max_length=32)),
                ("seal", models.BinaryField(max_length=32)),
            ],
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(PARTITIONED),
                migrations.RunSQL(APPEND_ONLY),
                migrations.RunSQL(MONTHS),
            ],
            state_operations=[
                migrations.RemoveIndex(model_name="accessentry", name="access_employee_at"),
                migrations.AddField(
                    model_name="accessentry", name="thousand", field=models.IntegerField(null=True)
                ),
                migrations.AddField(
                    model_name="accessentry",
                    name="search",
                    field=models.CharField(db_default="", max_length=200, verbose_name="searched for"),
                ),
                migrations.AlterField(
                    model_name="accessentry", name="id", field=models.BigAutoField(primary_key=True, serialize=False)
                ),
                migrations.AlterField(
                    model_name="accessentry",
                    name="employee",
                    field=models.ForeignKey(
                        db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT,
                        related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="employee",
                    ),
                ),
                migrations.AlterField(
                    model_name="accessentry",
                    name="store",
                    field=models.ForeignKey(
                        db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT,
                        related_name="+", to="staff.store", verbose_name="store",
                    ),
                ),
                migrations.AddIndex(
                    model_name="accessentry", index=models.Index(fields=["employee", "id"], name="access_employee")
                ),
                migrations.AddIndex(
                    model_name="accessentry", index=models.Index(fields=["store", "id"], name="access_store")
                ),
                migrations.AddIndex(
                    model_name="accessentry", index=models.Index(fields=["member_id", "id"], name="access_member")
                ),
                migrations.AddIndex(
                    model_name="accessentry", index=models.Index(fields=["address_hash", "id"], name="access_address")
                ),
            ],
        ),
    ]
