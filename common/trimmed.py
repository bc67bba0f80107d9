"""Bytes that are kept for long, in no more memory than they need."""


def trimmed(text: bytes) -> bytes:
    """Return the same bytes in a buffer of their own size.

    orjson leaves what it wrote in the buffer that it began with, or that it grew to: 4 kB for 64 bytes, and nothing that
    counts bytes sees it.
    """
    return bytes(memoryview(text))
