"""Tables of other packages that hold ours."""

from geo.policy import FieldPolicy, Kind, Policy, each

_INTERNAL = Policy(Kind.INTERNAL)
# Arguments of jobs are ids and numbers of rows, never values (outreach/jobs.py)
_JOB = Policy(Kind.INTERNAL, keep="jobs")
_LOG = Policy(Kind.INTERNAL, keep="admin_log")

FIELD_POLICY: FieldPolicy = {
    "sessions.Session": {
        "session_key": Policy(Kind.SECRET, keep="sessions"),
        "session_data": Policy(Kind.SECRET, keep="sessions"),
        "expire_date": Policy(Kind.INTERNAL, keep="sessions"),
    },
    "admin.LogEntry": each(
        "id action_time user content_type object_id object_repr action_flag change_message", _LOG
    ),
    "procrastinate.ProcrastinateJob": each(
        "id queue_name task_name priority lock args status scheduled_at attempts queueing_lock abort_requested worker",
        _JOB,
    ),
    "procrastinate.ProcrastinateEvent": each("id job type at", _JOB),
    "procrastinate.ProcrastinatePeriodicDefer": each("id task_name defer_timestamp job periodic_id", _JOB),
    "procrastinate.ProcrastinateWorker": each("id last_heartbeat", _INTERNAL),
    "auth.Permission": each("id name content_type codename", _INTERNAL),
    "auth.Group": each("id name permissions", _INTERNAL),
    "auth.Group_permissions": each("id group permission", _INTERNAL),
    "contenttypes.ContentType": each("id app_label model", _INTERNAL),
    "gis.PostGISGeometryColumns": each(
        "f_table_catalog f_table_schema f_table_name f_geometry_column coord_dimension srid type", _INTERNAL
    ),
    "gis.PostGISSpatialRefSys": each("srid auth_name auth_srid srtext proj4text", Policy(Kind.PUBLIC)),
}  # fmt: skip
