copy members_in (
    line, record_key, record_id, member_id, bidx, record_bidx, digest, payload, phone, email_bidx, email,
    surname, title, community_id, household, member_since
) from stdin (format binary)
