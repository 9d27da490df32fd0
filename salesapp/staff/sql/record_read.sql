-- One read of personal data. The number and the time are the table's own: the web's role may not choose them.
-- Parameters: employee, store, reason, hash, thousand, member, search.
insert into staff_accessentry (employee_id, store_id, reason, address_hash, thousand, member_id, search)
values (%(employee)s, %(store)s, %(reason)s, %(hash)s, %(thousand)s, %(member)s, %(search)s)
