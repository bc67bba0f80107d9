from django.db import migrations


class Migration(migrations.Migration):
    """Quality depends on the date: it is not stored any more."""

    dependencies = [("discovery", "0003_ontologies")]

    operations = [migrations.RemoveField("searchdocument", "quality_score")]
