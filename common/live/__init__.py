"""Telling clients of changes as they happen, over WebSockets.

What is told is a hint: PostgreSQL holds the truth, and a socket looks there again by itself.
"""

from common.live.sockets import StateSocket
from common.live.state import State
from common.live.telling import tell

__all__ = ["State", "StateSocket", "tell"]
