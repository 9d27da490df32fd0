-- What the demo's ledger comes to, as members_record_consents would have kept it: nobody there says no to all at once.
insert into members_consentstate (member_id, channel, purpose, given_at, withdrawn_at)
select
    member_id, channel, purpose, max(said_at) filter (where given), max(said_at) filter (where not given)
from members_consent
group by member_id, channel, purpose
