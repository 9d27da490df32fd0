from django.db import migrations, models

# Results that were measured before name all parts but the new one, in which nobody was
NOBODY = "update outreach_broadcast set results = jsonb_set(results, '{parts,no_need}', '0') where jsonb_typeof(results) = 'object'"
UNNAMED = "update outreach_broadcast set results = results #- '{parts,no_need}' where jsonb_typeof(results) = 'object'"


class Migration(migrations.Migration):

    dependencies = [
        ('outreach', '0012_reply_told_as'),
    ]

    operations = [
        migrations.AlterField(
            model_name='recipient',
            name='reason',
            field=models.CharField(choices=[('unknown_member', 'no such member'), ('objects', 'objects to profiling'), ('no_address', 'no address on this channel'), ('no_consent', 'no consent on this channel'), ('month_used', 'contacted within the month'), ('quiet_hours', 'quiet hours'), ('sending_off', 'sending is switched off'), ('wrong_generation', 'a restored copy may not send'), ('closed', 'sending is closed after a restore'), ('expired', 'not sent in time'), ('no_need', 'no need any more'), ('outranked', 'wanted by a broadcast of higher priority'), ('stopped', 'the broadcast was stopped'), ('lost', 'no longer held')], max_length=20, null=True),
        ),
        migrations.RunSQL(NOBODY, UNNAMED),
    ]
