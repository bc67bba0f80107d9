from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("accounts", "0003_audit_chain_and_role")]

    operations = [
        AddIndexConcurrently(
            model_name="user",
            index=models.Index(fields=["created_at"], name="user_by_created"),
        ),
    ]
