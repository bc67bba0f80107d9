from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("caching", "0001_initial")]

    operations = [
        migrations.AddField("use", "key", models.TextField(default="", db_default="")),
    ]
