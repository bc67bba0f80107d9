"""How far the data bear out what a report says: derived from counts, never set by hand."""

from math import sqrt

# One standard error: of 2 that agree 0.67 is left, of 8 that agree 0.89, of 6 among 8 0.58.
DEVIATIONS = 1.0


def of_share(agreeing: int, *, known: int, total: int) -> float:
    """Return the confidence in what holds of `agreeing` of the `known` among `total` series.

    It is the lower end of Wilson's interval for the share that agrees, times the share that says
    anything: few series, dissent and silence all lower it.
    """
    if not known:
        return 0.0
    share, square = agreeing / known, DEVIATIONS**2
    middle = share + square / (2 * known)
    spread = DEVIATIONS * sqrt(share * (1 - share) / known + square / (4 * known**2))
    return round((middle - spread) / (1 + square / known) * known / total, 2)


def of_count(*, known: int, total: int) -> float:
    """Return the confidence in a figure that only the records which say anything contribute to."""
    return round(known / total, 2) if total else 0.0
