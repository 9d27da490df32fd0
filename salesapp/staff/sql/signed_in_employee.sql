-- The employee behind a token or a page session, with region and store, in one probe of the primary keys.
-- No row where the employee has left, where the session version was raised since, or (for a token) where
-- the family of sign-ins is unknown, somebody else's, revoked or past its end.
-- Nor, but for administrators, where HR's whole list is due and none was applied for `stale_hours`, or none but lists
-- that were made before: who does not know who has left lets nobody in. A partial list does not tell, nor one with rows
-- that name nobody or do not say whether somebody has left ("not_whole").
-- Nor where the role is one of `two_factor_roles` and the sign-in did not pass the second step: a role may have come
-- after the sign-in. A token's sign-in keeps it in its family, a page session in the name of its backend.
-- Parameters: employee (bigint); stale_hours (integer), NULL where HR sends no list; two_factor_roles (text[]);
-- second_step (boolean), of a page session; version (integer) and family (uuid), both NULL for a page session, whose
-- version is part of the session's own hash.
-- Columns: those of Employee, six of Region, six of Store, each in the order of the model.
select e.id, e.password, e.last_login, e.employee_no, e.name, e.role, e.region_id, e.store_id, e.disabled_at,
       e.session_version, e.look_ups_held_at, e.created_at,
       r.id, r.parent_id, r.level, r.code, r.name, r.path,
       s.id, s.code, s.name, s.region_id, s.address, s.is_open
from staff_employee e
left join geo_region r on r.id = e.region_id
left join staff_store s on s.id = e.store_id
where e.id = %(employee)s
  and e.disabled_at is null
  and (%(version)s::integer is null or e.session_version = %(version)s::integer)
  and (
    (%(family)s::uuid is null and (%(second_step)s::boolean or e.role <> all (%(two_factor_roles)s::text[])))
    or exists (
      select from staff_signinfamily f
      where f.id = %(family)s::uuid
        and f.employee_id = e.id
        and f.revoked_at is null
        and f.expires_at > now()
        and (f.second_step or e.role <> all (%(two_factor_roles)s::text[]))
    )
  )
  and (
    %(stale_hours)s::integer is null
    or e.role = 'administrator'
    or exists (
      select from geo_importrun i
      where i.kind = 'employees'
        and i.made_at > now() - make_interval(hours => %(stale_hours)s::integer)
        and i.finished_at > now() - make_interval(hours => %(stale_hours)s::integer)
        and not i.notes ?| array['partial', 'not_whole']
    )
  )
