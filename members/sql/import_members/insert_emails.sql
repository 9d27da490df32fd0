-- An address that is on file already stays with the one who has it, and one that was erased stays away. Parameters: hashes, members, ciphertexts.
insert into members_contactpoint (channel, bidx, member_id, ciphertext)
select 2, bidx, member_id, ciphertext
from unnest(%s::bytea[], %s::bigint[], %s::bytea[]) as new (bidx, member_id, ciphertext)
where not exists (select from members_tombstone stone where stone.bidx = new.bidx)
order by bidx
on conflict do nothing
