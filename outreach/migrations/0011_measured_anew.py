from django.db import migrations

# Results that were measured before they were made of what each community shows (docs/adr/0012) are taken away, also
# those that grow no more; the worker measures them anew
FORGET = "update outreach_broadcast set results = null, measured_at = null where launched_at is not null"


class Migration(migrations.Migration):
    dependencies = [("outreach", "0010_recipient_state_labels")]
    operations = [migrations.RunSQL(FORGET, migrations.RunSQL.noop)]
