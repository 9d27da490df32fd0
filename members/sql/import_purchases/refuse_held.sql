-- The same sale under another member would count twice.
delete from purchases_resolved where holder_id <> member_id returning line
