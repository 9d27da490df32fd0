-- From what erased members said, where they said it from and as which record; the trigger lets nothing else change.
-- Parameters: members.
update members_consent
set evidence = evidence - array['ip', 'record']
where member_id = any(%(members)s::bigint[]) and evidence ?| array['ip', 'record']
