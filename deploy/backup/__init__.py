"""Backups of PostgreSQL, encrypted, in a folder or in S3-compatible storage: docs/backup-and-recovery.md."""
