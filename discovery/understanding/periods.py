"""Read when a dataset should have been released: 'since 2015', 'in the last five years'."""

import re
from datetime import date, timedelta
from typing import NamedTuple

from discovery.understanding.sizes import COUNTED, FLAGS, NUMBER_WORDS

# "Recent studies" names no number of years; this many exclude little that is still in use.
RECENT_YEARS = 5
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# What happened to people or samples in a year says nothing about when the data came out.
NOT_RELEASED = re.compile(
    r"(?:collected|diagnosed|born|recruited|enrolled|sampled|treated|infected|outbreak|pandemic)"
    r"\s{1,3}$",
    FLAGS,
)
LONGEST_NOT_RELEASED = 16

# Every repetition is bounded: reading stays linear in the question's length.
_GAP = r"\s{1,3}"
_MONTH = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    "|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_PERIOD = (
    rf"(?:(?:{_MONTH})\.?,?{_GAP})?(?:19|20)\d\d(?:-\d\d(?:-\d\d)?)?(?![\w%]|[.,]\d)"
    rf"(?!{_GAP}(?:{COUNTED}|cells?\b|genes?\b|reads?\b))"
)
_RELEASED = (
    rf"(?:(?:that{_GAP})?(?:(?:were|was|are|been|have{_GAP}been){_GAP})?(?:released|published"
    rf"|submitted|deposited|uploaded|generated|produced|made{_GAP}public|public){_GAP})?"
)
_BEFORE = r"before|prior\s{1,3}to|earlier\s{1,3}than|older\s{1,3}than"
_AFTER = r"after|later\s{1,3}than|newer\s{1,3}than|more\s{1,3}recent\s{1,3}than"
_SINCE = r"since|as\s{1,3}of|starting\s{1,3}(?:in|from)|from"
_UNTIL = r"until|till|up\s{1,3}to|through|by|(?:no|not)\s{1,3}later\s{1,3}than"
_IN = r"in|during|of|from\s{1,3}the\s{1,3}year|in\s{1,3}the\s{1,3}year|dated"
SPANNED = re.compile(
    rf"\b{_RELEASED}(?:(?:between|from|in){_GAP})?\b(?P<first>{_PERIOD})\s{{0,3}}"
    rf"(?:-|to\b|until\b|through\b|and\b)\s{{0,3}}(?P<last>{_PERIOD})",
    FLAGS,
)
OPEN_ENDED = re.compile(
    rf"\b{_RELEASED}(?:(?:from|in){_GAP})?\b(?P<period>{_PERIOD}){_GAP}"
    rf"(?:(?P<onward>onwards?|or{_GAP}(?:later|newer|after)|and{_GAP}(?:later|newer|onwards?))"
    rf"|or{_GAP}(?:earlier|older|before)|and{_GAP}(?:earlier|older))\b",
    FLAGS,
)
PLACED = re.compile(
    rf"\b{_RELEASED}\b(?:(?P<before>{_BEFORE})|(?P<after>{_AFTER})|(?P<since>{_SINCE})"
    rf"|(?P<until>{_UNTIL})|(?P<within>{_IN})){_GAP}(?P<period>{_PERIOD})",
    FLAGS,
)
AGO = re.compile(
    rf"\b{_RELEASED}(?:(?:in|within|over|during|from|of){_GAP})?(?:the{_GAP})?"
    rf"\b(?:last|past|previous){_GAP}"
    rf"(?:(?P<number>\d{{1,3}}|{'|'.join(NUMBER_WORDS)}|few|couple{_GAP}of){_GAP})?"
    r"(?P<unit>year|month|decade)s?\b",
    FLAGS,
)
THIS_YEAR = re.compile(rf"\b{_RELEASED}(?:in{_GAP})?this{_GAP}year\b", FLAGS)
RECENT = re.compile(
    rf"\brecently{_GAP}(?:released|published|submitted|deposited)\b"
    rf"|\b(?:(?:most|more){_GAP})?recent(?={_GAP}(?:datasets?|data|studies|series|experiments?)\b)",
    FLAGS,
)


class Released(NamedTuple):
    """The first and last day that the question allows, and ``question[start:end]`` saying so."""

    first: date | None
    last: date | None
    start: int
    end: int


def read_periods(question: str, *, at: date) -> list[Released]:
    """Return what a question, in its plain form, says of release dates, without overlaps.

    'After 2018' begins on 1 January 2019, 'before 2010' ends on 31 December 2009, and 'since'
    and 'until' include the year or month they name. ``at`` is today.
    """
    read: list[Released] = []
    for pattern in (SPANNED, OPEN_ENDED, PLACED, AGO, THIS_YEAR, RECENT):
        for match in pattern.finditer(question):
            released = _released(match, at)
            if released and not any(
                released.start < other.end and other.start < released.end for other in read
            ):
                read.append(released)
    return read


def _released(match: re.Match[str], at: date) -> Released | None:
    before = match.string[max(0, match.start() - LONGEST_NOT_RELEASED) : match.start()]
    if NOT_RELEASED.search(before):
        return None
    days = _READERS[match.re](match, at)
    return days and Released(*days, match.start(), match.end())


Days = tuple[date | None, date | None]


def _spanned(match: re.Match[str], _at: date) -> Days | None:
    first, last = _days_of(match["first"]), _days_of(match["last"])
    return first and last and (first[0], last[1])


def _open_ended(match: re.Match[str], _at: date) -> Days | None:
    days = _days_of(match["period"])
    if days is None:
        return None
    return (days[0], None) if match["onward"] else (None, days[1])


def _placed(match: re.Match[str], _at: date) -> Days | None:
    days = _days_of(match["period"])
    if days is None:
        return None
    first, last = days
    placings: dict[str, Days] = {
        "before": (None, first - timedelta(days=1)),
        "after": (last + timedelta(days=1), None),
        "since": (first, None),
        "until": (None, last),
        "within": (first, last),
    }
    return next(placed for name, placed in placings.items() if match[name])


def _ago(match: re.Match[str], at: date) -> Days:
    text = (match["number"] or "1").lower()
    number = {"few": 3}.get(text) or NUMBER_WORDS.get(text) or (int(text) if text.isdigit() else 2)
    months = number * {"month": 1, "year": 12, "decade": 120}[match["unit"].lower()]
    return _months_before(at, months), None


def _this_year(_match: re.Match[str], at: date) -> Days:
    return at.replace(month=1, day=1), None


def _recent(_match: re.Match[str], at: date) -> Days:
    return _months_before(at, 12 * RECENT_YEARS), None


_READERS = {
    SPANNED: _spanned,
    OPEN_ENDED: _open_ended,
    PLACED: _placed,
    AGO: _ago,
    THIS_YEAR: _this_year,
    RECENT: _recent,
}


def _days_of(period: str) -> tuple[date, date] | None:
    """Return the first and last day of '2015', 'March 2015', '2015-03' or '2015-03-09'."""
    *name, digits = period.replace(",", " ").split()
    parts = [int(part) for part in digits.split("-")]
    if name:
        parts[1:] = [MONTHS.index(name[0].lower()[:3]) + 1]
    try:
        first = date(*[*parts, 1, 1][:3])
    except ValueError:
        return None
    if len(parts) > 2:  # noqa: PLR2004
        return first, first
    year, month_number = (first.year, first.month) if len(parts) > 1 else (first.year, 12)
    following = date(year + month_number // 12, month_number % 12 + 1, 1)
    return first, following - timedelta(days=1)


def _months_before(at: date, months: int) -> date:
    """Go back some months; the 31st becomes the 28th where the month is short."""
    month = at.year * 12 + at.month - 1 - months
    if month < 12:  # noqa: PLR2004 (before year 1)
        return date.min
    try:
        return date(month // 12, month % 12 + 1, at.day)
    except ValueError:
        return date(month // 12, month % 12 + 1, 28)
