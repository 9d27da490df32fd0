-- The same event under another member would count twice.
delete from events_resolved where holder_id <> member_id returning line
