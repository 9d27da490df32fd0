delete from events_resolved where member_id is null returning line
