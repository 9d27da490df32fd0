from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('staff', '0003_store_join_code'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='accessentry',
            index=models.Index(condition=models.Q(('member_id__isnull', False)), fields=['member_id', 'at'], name='access_member_at'),
        ),
    ]
