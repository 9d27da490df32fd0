"""Places: nothing personal."""

from geo.policy import FieldPolicy, Kind, Policy, each

_PUBLIC = Policy(Kind.PUBLIC)
_INTERNAL = Policy(Kind.INTERNAL)

FIELD_POLICY: FieldPolicy = {
    "Region": each(
        "id parent level code name path boundary boundary_display centre_display boundary_crs", _PUBLIC
    ),
    "Community": each(
        "id name region district city region_path address households buildings build_year price_tier point"
        " point_display boundary boundary_display chosen updated_at",
        _PUBLIC,
    ),
    "CommunityName": each("id community city name key", _PUBLIC),
    "CommunitySource": each(
        "id source source_key community name city_label district_label address households buildings build_year"
        " price_tier raw_x raw_y raw_crs point boundary raw imported_at",
        _INTERNAL,
    ),
    "PlaceSource": each("id name label trusts_points trusts_facts rank", _INTERNAL),
    # A file may be named after a customer: geo.intake strikes numbers out of its name
    "ImportRun": each(
        "id kind source file_name started_at finished_at rows created merged unchanged refused reasons notes as_of"
        " made_at report",
        Policy(Kind.INTERNAL, keep="import_reports"),
    ),
    "RetentionRule": each("name days changed_at", _INTERNAL),
}  # fmt: skip
