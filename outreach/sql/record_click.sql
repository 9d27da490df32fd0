-- The link of a message was opened. Parameters: member, no. A thousand times is as good as more: then nothing is
-- written any more.
insert into outreach_click (member_id, no, count) values (%(member)s, %(no)s, 1)
on conflict (member_id, no) do update set count = outreach_click.count + 1 where outreach_click.count < 1000
