"""What was done to accounts, and by whom."""

from datetime import datetime

from django.db import models


class Action(models.TextChoices):
    """What can be read in the audit log."""

    REGISTERED = "account.registered"
    REGISTERED_AGAIN = "account.registered_again"
    EMAIL_VERIFIED = "account.email_verified"
    ACCOUNT_CHANGED = "account.changed"
    ACCOUNT_EXPORTED = "account.exported"
    ACCOUNT_DELETED = "account.deleted"
    ACCOUNT_EXPIRED = "account.expired"
    SIGNED_IN = "session.signed_in"
    SIGN_IN_FAILED = "session.sign_in_failed"
    SIGN_IN_THROTTLED = "session.sign_in_throttled"
    SIGNED_OUT = "session.signed_out"
    SESSION_ENDED = "session.ended"
    SESSIONS_ENDED = "session.all_ended"
    REFRESH_REUSED = "session.refresh_token_reused"
    PASSWORD_RESET_ASKED = "password.reset_asked"  # noqa: S105 (a name)
    PASSWORD_RESET = "password.reset"  # noqa: S105 (a name)
    PASSWORD_CHANGED = "password.changed"  # noqa: S105 (a name)
    PASSWORD_CHECK_FAILED = "password.check_failed"  # noqa: S105 (a name)
    PROVIDER_LINKED = "oauth.linked"
    PROVIDER_UNLINKED = "oauth.unlinked"
    PROVIDER_REFUSED = "oauth.refused"
    KEY_MADE = "api_key.made"
    KEY_ROTATED = "api_key.rotated"
    KEY_REVOKED = "api_key.revoked"
    ROLE_CHANGED = "role.changed"
    TIER_CHANGED = "tier.changed"
    CACHE_INVALIDATED = "cache.invalidated"
    CACHE_CLEARED = "cache.cleared"
    CACHE_WARMED = "cache.warmed"
    TIER_EDITED = "tier.edited"
    QUOTA_OVERRIDDEN = "quota.overridden"
    QUOTA_OVERRIDE_REMOVED = "quota.override_removed"
    QUOTA_RESET = "quota.reset"
    ADMIN_ADDED = "admin.added"
    MAILS_TRIED_AGAIN = "mail.tried_again"
    BATCH_CANCELLED = "batch.cancelled"
    BATCH_RETRIED = "batch.retried"
    BATCH_REQUEUED = "batch.requeued"
    WEBHOOKS_SENT_AGAIN = "webhook.sent_again"
    LOG_LEVEL_CHANGED = "log_level.changed"
    LOG_LEVEL_ENDED = "log_level.ended"
    FLAG_CHANGED = "flag.changed"
    BREAKER_OPENED = "breaker.opened"
    BREAKER_CLOSED = "breaker.closed"
    PROCESS_PROFILED = "process.profiled"
    LIST_EXPORTED = "list.exported"
    HARVEST_BEGUN = "harvest.begun"
    HARVEST_CONTINUED = "harvest.continued"


class AuditEntry(models.Model):
    """One line of the audit log. PostgreSQL numbers and chains the lines, and lets none change.

    `actor` and `subject` are `User.audit_id`s: once an account is erased they lead to nobody.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    action = models.CharField(max_length=60)
    actor = models.UUIDField(null=True)
    subject = models.UUIDField(null=True)
    object = models.CharField(max_length=100, blank=True, default="")
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    address = models.GenericIPAddressField(null=True)
    request_id = models.CharField(max_length=64, blank=True, default="")
    # Set by the trigger: the digest of the line before, and of this line with that.
    previous = models.CharField(max_length=64, blank=True, default="", editable=False)
    digest = models.CharField(max_length=64, blank=True, default="", editable=False)

    class Meta:
        db_table = "audit_log"
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["subject", "-id"], name="audit_by_subject"),
            models.Index(fields=["actor", "-id"], name="audit_by_actor"),
            models.Index(fields=["action", "-id"], name="audit_by_action"),
            models.Index(fields=["at"], name="audit_by_time"),
            models.Index(fields=["request_id"], name="audit_by_request"),
            models.Index(fields=["object"], name="audit_by_object"),
        ]

    def __str__(self) -> str:
        moment: datetime = self.at
        return f"#{self.pk} {self.action} {moment:%Y-%m-%d %H:%M}"
