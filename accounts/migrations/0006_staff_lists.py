"""What the staff's lists are ordered, filtered and searched by."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # nobody waits while the indexes are made

    dependencies = [("accounts", "0005_lists_use_indexes")]

    operations = [
        AddIndexConcurrently(
            model_name="apikey",
            index=models.Index(fields=["created_at"], name="api_key_by_created"),
        ),
        AddIndexConcurrently(
            model_name="auditentry",
            index=models.Index(fields=["at"], name="audit_by_time"),
        ),
        AddIndexConcurrently(
            model_name="auditentry",
            index=models.Index(fields=["request_id"], name="audit_by_request"),
        ),
        AddIndexConcurrently(
            model_name="auditentry",
            index=models.Index(fields=["object"], name="audit_by_object"),
        ),
        AddIndexConcurrently(
            model_name="mail",
            index=models.Index(
                condition=models.Q(("given_up_at__isnull", False)),
                fields=["id"],
                name="mail_given_up",
            ),
        ),
        AddIndexConcurrently(
            model_name="session",
            index=models.Index(fields=["created_at"], name="session_by_created"),
        ),
        AddIndexConcurrently(
            model_name="session",
            index=models.Index(fields=["ip"], name="session_by_ip"),
        ),
        AddIndexConcurrently(
            model_name="user",
            index=models.Index(
                condition=models.Q(("is_staff", True)), fields=["-created_at"], name="user_staff"
            ),
        ),
        AddIndexConcurrently(
            model_name="user",
            index=models.Index(
                condition=models.Q(("email_verified", False)),
                fields=["-created_at"],
                name="user_unverified",
            ),
        ),
    ]
