-- A region that hangs under the country "CN" or under its province for want of a nearer one moves under the
-- region that its administrative code names, once that is there: 370202 under 370200, else under 370000.
update geo_region region
set parent_id = nearer.id
from (
    select low.id as region_id, high.id,
           row_number() over (partition by low.id order by right(high.code, 4) = '0000') as nearness
    from geo_region low
    join geo_region parent on parent.id = low.parent_id
    join geo_region high on high.code in (left(low.code, 4) || '00', left(low.code, 2) || '0000')
    where low.code ~ '^[0-9]{6}$'
      and low.level in ('city', 'district')
      and high.id <> low.id
      and high.level in ('province', 'city')
      and high.level <> low.level
      and (parent.code = 'CN' or parent.code = left(low.code, 2) || '0000')
) nearer
where nearer.region_id = region.id
  and nearer.nearness = 1
  and region.parent_id <> nearer.id
