"""What platforms are called: the records of series only number them."""

from discovery import ncbi
from discovery.geo.asking import GeoRefused
from discovery.geo.records import Summary
from discovery.models import Platform

FIRST_ID = 100_000_000  # of platforms in db=gds: that of GPL96 is 100000096
AT_ONCE = 100  # one that NCBI does not know costs a question of its own


def name_unnamed() -> int:
    """Ask NCBI for the titles that are missing, of so many platforms at once; return how many it told."""
    unnamed = {
        one.accession: one
        for one in Platform.objects.filter(title=None).order_by("-accession")[:AT_ONCE]
    }
    ids = [str(FIRST_ID + int(name.removeprefix("GPL"))) for name in unnamed]
    named = []
    for summary in ncbi.entrez().summaries(db="gds", ids=ids):
        accession, title = _told_by(summary)
        if title and accession in unnamed:
            unnamed[accession].title = title
            named.append(unnamed[accession])
    Platform.objects.bulk_update(named, ["title"])
    return len(named)


def _told_by(summary: Summary | GeoRefused) -> tuple[str, str]:
    """Return the accession and the title that a platform's summary tells, else nothing."""
    told = {} if isinstance(summary, GeoRefused) else summary.fields
    if str(told.get("entrytype")).upper() != "GPL":
        return "", ""
    return str(told.get("accession")).upper(), str(told.get("title") or "").strip()
