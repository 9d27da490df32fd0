"""Eight sessions want the same thousand members: nobody is written to twice in a month, and a naive gate fails.

The judge is what the senders were told, not the ledger. The naive twin looks whether the member is free and then
notes that it is not, as most tools do; it must fail in the same run, else nothing raced. Senders are procedures in
the server, one transaction for each step, so that the time goes into the race and not into the way to it.
"""

from multiprocessing.synchronize import Barrier
from typing import NamedTuple

from tests.chaos.gate import MARKETING, SMS, people
from tests.chaos.processes import together
from tests.chaos.scratch import GENERATION, MONTH, SHORT, Database, scratch

PROCESSES, MEMBERS = 8, 1000

SENDERS = f"""
create table told (gate text not null, member_id bigint not null, at timestamptz not null);
create table naive (member_id bigint not null, at timestamptz not null);
create index on naive (member_id, at);

create procedure real_sender(attempts integer) language plpgsql as $$
declare
  m bigint;
  n integer;
  t timestamptz;
begin
  for i in 1..attempts loop
    m := 1 + floor(random() * {MEMBERS});
    select c.no into n from outreach_claim(array[m], {SMS}::smallint, {MARKETING}, null, null, {GENERATION}, null) c;
    commit;
    if n is not null then
      select h.handed_over_at into t from outreach_hand_over(m, n, {GENERATION}) h;
      commit;
      perform outreach_settle(m, n, 2::smallint, 'p', 'r', null);
      insert into told values ('real', m, t);
      commit;
    end if;
  end loop;
end $$;

create procedure naive_sender(attempts integer) language plpgsql as $$
declare
  m bigint;
  t timestamptz;
begin
  for i in 1..attempts loop
    m := 1 + floor(random() * {MEMBERS});
    perform from naive where member_id = m and at > clock_timestamp() - interval '{MONTH} seconds';
    if not found then
      t := clock_timestamp();
      insert into naive values (m, t);
      insert into told values ('naive', m, t);
      commit;
    end if;
  end loop;
end $$;
"""
# How often each gate let a message pass, and how often less than a month after the one before
JUDGE = f"""
select gate, count(*), count(*) filter (where at - before < interval '{MONTH} seconds')
  from (select gate, at, lag(at) over (partition by gate, member_id order by at) as before from told) x
 group by gate
"""


class Result(NamedTuple):
    attempts: int
    grants: int
    violations: int
    naive_grants: int
    naive_violations: int


def contend(attempts: int) -> Result:
    each = attempts // PROCESSES
    with scratch("contention", SHORT) as database:
        with database.connect() as connection:
            people(connection, range(1, MEMBERS + 1), channels=[SMS])
            connection.execute(SENDERS)
        _run(database, "real_sender", each)
        _run(database, "naive_sender", 3 * each)
        with database.connect() as connection:
            found = {gate: (grants, early) for gate, grants, early in connection.execute(JUDGE).fetchall()}
    return Result(each * PROCESSES, *found["real"], *found["naive"])


def _run(database: Database, sender: str, attempts: int) -> None:
    def work(number: int, barrier: Barrier) -> None:
        # No server crashes here, and the disk is not what races
        with database.connect("-c synchronous_commit=off") as connection:
            connection.execute("select setseed(%s)", [number / PROCESSES])
            barrier.wait()
            connection.execute(f"call {sender}({attempts})")

    together(PROCESSES, work)
