"""What was found out: fit, doubtful or wrong, and then what to do."""

from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the list.

    :param topic: what it is about, such as "secrets"
    :param advice: what to do; empty if nothing is
    """

    topic: str
    status: Status
    says: str
    advice: str = ""


def judged(
    topic: str, *, is_well: bool, says: str, otherwise: str, advice: str, is_grave: bool = True
) -> Finding:
    """Return that all is well, or what is not and what to do.

    :param is_grave: whether nobody should go into production so
    """
    if is_well:
        return Finding(topic, "ok", says)
    return Finding(topic, "fail" if is_grave else "warn", otherwise, advice)
