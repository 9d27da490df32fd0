-- Whether anything may leave at this moment, as the guard's functions see it: the switch, the closing after a restore,
-- the night.
select sending_on, case when closed_until > clock_timestamp() then closed_until end, outreach_is_quiet(clock_timestamp())
from outreach_contactpolicy
