"""Credentials that must open nothing, each made for a world in which a good one would.

A function marked `refused` is one credential; its name is the description.
"""

from tests.security.credentials import absent, api_keys, signed, stale, tampered
from tests.security.credentials.world import AMBIGUOUS, GOOD, REFUSED, Sent, World

__all__ = [
    "AMBIGUOUS",
    "GOOD",
    "REFUSED",
    "Sent",
    "World",
    "absent",
    "api_keys",
    "signed",
    "stale",
    "tampered",
]
