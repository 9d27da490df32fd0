-- Parameters: member, channel, purpose, given, source, said_at, wording, employee, evidence.
select members_record_consent(
    %s, %s::smallint, %s::smallint, %s, %s, %s::timestamptz, %s::bigint, %s::bigint, %s::jsonb
)
