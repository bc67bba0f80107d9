"""What stops a start."""


class CannotStart(Exception):
    """Something does not start; the message says why and what to do."""
