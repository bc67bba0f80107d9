from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    """Read the rows in a transaction of its own, in which nobody who writes has to wait."""

    dependencies = [("discovery", "0008_background_workflows")]

    operations = [ValidateConstraint("workflow", "workflow_has_ended")]
