delete from purchases_resolved where member_id is null returning line
