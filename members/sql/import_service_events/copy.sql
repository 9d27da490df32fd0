copy events_in (line, record_key, bidx, member_key, kind, category_id, happened_on) from stdin (format binary)
