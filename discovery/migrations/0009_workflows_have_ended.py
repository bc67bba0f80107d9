from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):
    """Rows are read in a transaction of its own, in which nobody who writes has to wait."""

    atomic = False
    dependencies = [("discovery", "0008_background_workflows")]

    operations = [
        AddConstraintNotValid(
            model_name="workflow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("completed_at__isnull", False),
                    ("status__in", ["completed", "partial", "failed"]),
                ),
                name="workflow_has_ended",
            ),
        ),
        ValidateConstraint("workflow", "workflow_has_ended"),
    ]
