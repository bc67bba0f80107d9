import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    """What series are about. `manage.py index_series` fills it for those that are there."""

    dependencies = [("discovery", "0005_workflows")]

    operations = [
        migrations.AddField(
            model_name="searchdocument",
            name="subjects",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(), default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="searchdocument",
            name="indexed_by",
            field=models.CharField(default="", max_length=16),
        ),
    ]
