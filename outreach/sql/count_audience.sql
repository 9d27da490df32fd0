-- How many of outreach_audiencemember_new each community has in each category. Fills outreach_audiencecell_new, in the
-- order in which areas are read.
--
-- Parameters: noise_key (bytea).

-- Counts of each community and category, by channel
insert into outreach_audiencecell_new (category_id, community_id, region_path, noise, lines)
select
    category_id, community_id, region_path,
    count_noise(%(noise_key)s::bytea || int8send(category_id), community_id), array_agg(line order by channel)
from (
    select
        category_id, region_path, community_id, channel,
        array[
            count(*) filter (where part <= 0), count(*) filter (where part <= 1), count(*) filter (where part <= 2),
            count(*) filter (where part <= 3), count(*) filter (where part <= 4), count(*) filter (where part <= 5),
            count(*) filter (where part <= 6), count(*) filter (where part <= 7), count(*) filter (where part <= 8),
            count(*)
        ]::integer[] as line
    from (
        select
            category_id, region_path, community_id, channel,
            audience_part(level, objecting, addresses, consents, blocked_until is not null, channel) as part
        from outreach_audiencemember_new
        cross join generate_series(1, 4) channel
    ) member
    group by category_id, region_path, community_id, channel
) lined
group by category_id, region_path, community_id
order by category_id, region_path, community_id;
