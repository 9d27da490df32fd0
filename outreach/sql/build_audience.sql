-- Members with a need from which they count as potential buyers, and what decides whether they can be reached. Fills
-- outreach_audiencemember_new, in the order in which areas are read.
--
-- Parameters: potential_buyer_from (smallint).

-- Channels on which each member has an address
create temporary table audience_address as
select member_id, bit_or(1 << channel)::smallint as channels
from members_contactpoint
group by member_id;

-- Channels on which each member agreed to marketing
create temporary table audience_consent as
select member_id, bit_or(1 << channel)::smallint as channels
from members_consentstate
where purpose = 1 and given
group by member_id;

analyze audience_address, audience_consent;

-- Members with the need
insert into outreach_audiencemember_new (
    member_id, category_id, region_path, community_id, level, objecting, addresses, consents, blocked_until
)
select
    need.member_id, need.category_id, community.region_path, member.community_id, need.level,
    member.refuses_profiling,
    case when member.refuses_profiling then 0 else coalesce(address.channels, 0) end,
    case when member.refuses_profiling then 0 else coalesce(address.channels & consent.channels, 0) end,
    case when guard.blocked_until > statement_timestamp() then guard.blocked_until end
from members_need need
join members_member member on member.id = need.member_id
join geo_community community on community.id = member.community_id
left join audience_address address on address.member_id = need.member_id
left join audience_consent consent on consent.member_id = need.member_id
left join outreach_contactguard guard on guard.member_id = need.member_id
where need.level >= %(potential_buyer_from)s::smallint
  and member.erased_at is null
  and member.merged_into is null
order by need.category_id, community.region_path collate "C", member.community_id, need.member_id;

drop table audience_address, audience_consent;
