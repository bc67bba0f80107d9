"""What goes wrong, in one sentence for who reads the log."""


class BackupError(Exception):
    """A backup, a verification or a restore does not succeed; the message says why and what to do."""


class Missing(BackupError):
    """Something is not in the repository."""


class Exists(BackupError):
    """Something is in the repository already: nothing is ever written over."""
