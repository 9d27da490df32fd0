-- Delivered outweighs failed here too.
insert into outreach_earlyreceipt as e (provider, reference, delivered, arrived_at)
values (%(provider)s, %(reference)s, %(delivered)s, clock_timestamp())
on conflict (provider, reference) do update set delivered = true where excluded.delivered and not e.delivered
