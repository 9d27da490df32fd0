from django.db import migrations

# A code that proves that somebody holds a phone, from asked to handed over, once. The caller commits before it calls
# the provider. Null when it may leave now; else what it waits for, or that it is no longer to be sent. It is a service
# message to somebody who may be no member yet, so it has no guard and no row in the ledger; the switch holds for it.
HAND_OVER = """
create function outreach_hand_over_code(verification bigint, hash bytea, gen integer) returns text
language plpgsql security definer
set search_path = public, pg_temp set plan_cache_mode = force_generic_plan as $$
declare
  t timestamptz;
  p outreach_contactpolicy;
  why text;
begin
  perform pg_advisory_xact_lock_shared(1001, 0);
  select * into strict p from outreach_contactpolicy;
  t := outreach_now();
  why := outreach_stop(p, gen, t, false);
  if why is null then
    update members_verification v
       set code_hash = hash, handed_over_at = t, expires_at = t + interval '10 minutes'
     where v.id = verification and v.handed_over_at is null and v.expires_at > t;
    if not found then
      why := 'lost';
    end if;
  end if;
  return why;
end $$;
revoke all on function outreach_hand_over_code from public
"""
# An erased member's part of the ledger: what waits is taken back, and of what left stays that it left. The hold stays.
ERASE = """
create function outreach_erase(erased bigint) returns void
language plpgsql security definer
set search_path = public, pg_temp set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
declare t timestamptz;
begin
  perform 1 from outreach_contactguard g where g.member_id = erased for no key update;
  t := outreach_now();
  update outreach_message x set state = 5, settled_at = t, reason = 'unknown_member'
   where x.member_id = erased and x.state = 0;
  update outreach_message x set provider_ref = null where x.member_id = erased and x.provider_ref is not null;
end $$;
revoke all on function outreach_erase from public
"""
# Who was erased and registers afresh is the same person with the same phone: nobody can tell any more when they were
# written to last, so the month counts from the erasure. Only ever lengthens a hold.
HOLD = """
create function outreach_hold_after_erasure(registered bigint) returns void
language sql security definer set search_path = public, pg_temp as $$
  insert into outreach_contactguard as g (member_id, blocked_until)
  select registered, max(t.erased_at) + outreach_call_max() + outreach_month()
    from members_contactpoint c join members_tombstone t on t.bidx = c.bidx
   where c.member_id = registered
  having max(t.erased_at) + outreach_call_max() + outreach_month() > outreach_now()
  on conflict (member_id) do update set blocked_until = greatest(g.blocked_until, excluded.blocked_until)
$$;
revoke all on function outreach_hold_after_erasure from public
"""


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0009_member_rights'),
        ('outreach', '0006_results'),
    ]

    operations = [
        migrations.RunSQL(HAND_OVER, "drop function outreach_hand_over_code"),
        migrations.RunSQL(ERASE, "drop function outreach_erase"),
        migrations.RunSQL(HOLD, "drop function outreach_hold_after_erasure"),
    ]
