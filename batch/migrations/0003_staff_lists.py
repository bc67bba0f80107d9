"""What the staff's lists are ordered and filtered by."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # nobody waits while the indexes are made

    dependencies = [("batch", "0002_background_workflows")]

    operations = [
        AddIndexConcurrently(
            model_name="batchitem",
            index=models.Index(
                condition=models.Q(("status", "failed")), fields=["id"], name="batch_item_failed"
            ),
        ),
        AddIndexConcurrently(
            model_name="batchjob",
            index=models.Index(fields=["created_at"], name="batch_job_by_created"),
        ),
        AddIndexConcurrently(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("given_up_at__isnull", False)),
                fields=["id"],
                name="delivery_given_up",
            ),
        ),
    ]
