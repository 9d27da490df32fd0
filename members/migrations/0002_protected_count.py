from django.db import migrations

# The one place in SQL where the rule for small counts is written: below 5 unknown, else rounded to 5.
CREATE = """
create function protected_count(count bigint) returns integer
language sql immutable strict parallel safe
return case when count >= 5 then ((count + 2) / 5 * 5)::integer end
"""


class Migration(migrations.Migration):
    dependencies = [("members", "0001_models")]
    operations = [migrations.RunSQL(CREATE, "drop function protected_count(bigint)")]
