from django.db import migrations

# What an erased member said is recorded without where they said it from, however late the record comes: an own page's
# withdrawal may wait behind the erasure that was asked for in another window. Whoever writes holds the member's row, so
# the moment of the erasure cannot come in between.
OF_ERASED = """
create function members_consent_of_erased() returns trigger language plpgsql as $$
begin
    if exists (select from members_member m where m.id = new.member_id and m.erased_at is not null) then
        new.evidence := new.evidence - array['ip', 'record'];
    end if;
    return new;
end $$;
create trigger members_consent_of_erased before insert on members_consent
    for each row when (new.evidence ?| array['ip', 'record']) execute function members_consent_of_erased();
update members_consent c
set evidence = c.evidence - array['ip', 'record']
from members_member m
where m.id = c.member_id and m.erased_at is not null and c.evidence ?| array['ip', 'record']
"""


class Migration(migrations.Migration):

    dependencies = [('members', '0016_consent_source_own_page')]

    operations = [migrations.RunSQL(OF_ERASED, "drop function members_consent_of_erased cascade")]
