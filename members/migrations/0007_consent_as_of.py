from django.db import migrations

# What the ledger alone says of that moment: whether a yes counted, null where nothing had been said.
AS_OF = """
create function members_consent_as_of(of_member bigint, on_channel smallint, for_purpose smallint, moment timestamptz)
returns boolean language sql stable parallel safe as $$
    select case when count(*) > 0
        then coalesce(max(said_at) filter (where given) > max(said_at) filter (where not given), bool_and(given))
    end
    from members_consent
    where member_id = of_member and channel in (0, on_channel) and purpose = for_purpose and recorded_at <= moment
$$
"""


class Migration(migrations.Migration):
    dependencies = [("members", "0006_audience")]
    operations = [migrations.RunSQL(AS_OF, "drop function members_consent_as_of")]
