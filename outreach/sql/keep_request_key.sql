-- Take an Idempotency-Key for this transaction, or read the answer it got. Parameters: employee, key, digest.
-- A second request with the key waits here until the first has ended: it then finds the answer, or, where the
-- first failed, the key is its own.
insert into outreach_requestkey (employee_id, key, digest) values (%(employee)s, %(key)s, %(digest)s)
on conflict (employee_id, key) do update set key = excluded.key
returning id, digest, answer::text
