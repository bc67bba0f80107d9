"""Encryption, by age (https://age-encryption.org): any program that knows age opens a backup.

Who backs up needs only the public key. Each piece is authenticated: a changed byte is noticed.
"""

from pathlib import Path
from typing import BinaryIO

import pyrage

from deploy.backup.errors import BackupError
from deploy.backup.settings import Settings

SUFFIX = ".age"


class Locks:
    """What locks and, where the secret key is, opens."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def lock(self, plain: bytes) -> bytes:
        locked: bytes = pyrage.encrypt(plain, [self._recipient()])
        return locked

    def lock_file(self, plain: Path, locked: Path) -> None:
        pyrage.encrypt_file(str(plain), str(locked), [self._recipient()])

    def open(self, locked: bytes) -> bytes:
        """Open something.

        :raises BackupError: if it was changed, or is another key's
        """
        try:
            plain: bytes = pyrage.decrypt(locked, [self._identity()])
        except pyrage.DecryptError as error:
            raise _spoilt("It") from error
        return plain

    def open_stream(self, locked: BinaryIO, plain: BinaryIO, *, name: str) -> None:
        """Open something large.

        :raises BackupError: if it was changed, or is another key's
        """
        try:
            pyrage.decrypt_io(locked, plain, [self._identity()])
        except (pyrage.DecryptError, OSError) as error:
            raise _spoilt(name) from error

    def _recipient(self) -> pyrage.x25519.Recipient:
        try:
            return pyrage.x25519.Recipient.from_str(self._settings.recipient)
        except pyrage.RecipientError:
            raise BackupError(
                "Set BACKUP_RECIPIENT to a public key (age1…): `backup keygen FILE` makes a pair."
            ) from None

    def _identity(self) -> pyrage.x25519.Identity:
        if not self._settings.identity_file:
            raise BackupError("Set BACKUP_IDENTITY_FILE to the file with the secret key.")
        lines = Path(self._settings.identity_file).read_text().splitlines()
        keys = [line for line in lines if line.startswith("AGE-SECRET-KEY-")]
        if len(keys) != 1:
            raise BackupError(f"{self._settings.identity_file} holds {len(keys)} keys, not one.")
        return pyrage.x25519.Identity.from_str(keys[0])


def make_key(file: Path) -> str:
    """Write a new secret key to a file that only its owner reads; return the public one."""
    identity = pyrage.x25519.Identity.generate()
    file.touch(mode=0o600, exist_ok=False)
    file.write_text(f"# public key: {identity.to_public()}\n{identity}\n")
    return str(identity.to_public())


def _spoilt(name: str) -> BackupError:
    return BackupError(f"{name} cannot be opened: it was changed, or it is another key's.")
