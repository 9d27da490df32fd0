-- Communities under a path, most potential buyers first, hidden counts last; one keyset page.
-- Parameters: path, category (id), strength and last_id (of the last row seen, or null), limit.
select c.id, c.name, r.name, c.households, s.potential_buyers, s.owning_households, s.coverage
from geo_community c
join geo_region r on r.id = c.region_id
left join members_communitystat s on s.community_id = c.id and s.category_id = %(category)s
where c.region_path like %(path)s::text || '%%'
  and (
      %(strength)s::int is null
      or coalesce(s.potential_buyers, -1) < %(strength)s::int
      or (coalesce(s.potential_buyers, -1) = %(strength)s::int and c.id > %(last_id)s::bigint)
  )
order by coalesce(s.potential_buyers, -1) desc, c.id
limit %(limit)s::int
