"""The dimensions of quality: each looks at one thing, and says in a sentence what it saw."""

from collections.abc import Sequence
from datetime import date

from discovery.quality.described import Described
from discovery.quality.judged import Judged
from discovery.quality.words import COMPARISON, CONTROL, REPLICATES

# So many samples at least → what that is worth: 2 can be compared, 6 have replicates, 30 carry
# statistics.
SAMPLE_STEPS = ((30, 1.0), (12, 0.85), (6, 0.65), (3, 0.4), (2, 0.2), (0, 0.0))
REPLICATES_TOLD = 0.15
TELLING_SUMMARY = 40  # words
TELLING_DESIGN = 8
TELLING_CHARACTERISTICS = 3
# Platforms at most → what that is worth: measurements of several must be brought together first.
PLATFORM_STEPS = ((1, 1.0), (2, 0.7), (4, 0.5))
MANY_PLATFORMS = 0.3
# Years up to which a series is as good as new, and from which on it gets no worse.
YOUNG, OLD, LEAST_FOR_AGE = 3.0, 20.0, 0.3
DAYS_A_YEAR = 365.25
NAMED = 4  # so many names at most in a sentence


def samples(series: Described, _at: date) -> Judged:
    count = series.sample_count
    if count is None:
        return Judged(None, "The record does not say how many samples there are.")
    worth = next(worth for least, worth in SAMPLE_STEPS if count >= least)
    if count <= 1:
        only = "one sample: nothing can be compared with it" if count else "no samples"
        return Judged(worth, f"The series has {only}.")
    told = REPLICATES.first_in(f"{series.title}\n{series.summary}\n{series.design}")
    if told:
        worth = min(1.0, worth + REPLICATES_TOLD)
        return Judged(worth, f"{count} samples, and the record tells of replicates ({told}).")
    few = "; the record does not tell of replicates" if worth < 1.0 else ""
    return Judged(worth, f"{count} samples{few}.")


def controls(series: Described, _at: date) -> Judged:
    close = "\n".join([series.design, *series.characteristics])
    text = f"{series.title}\n{series.summary}"
    if found := CONTROL.first_in(close):
        return Judged(1.0, f"Controls are part of the design or the samples ({found}).")
    if found := CONTROL.first_in(text):
        return Judged(0.8, f"The summary tells of controls ({found}).")
    if found := COMPARISON.first_in(f"{close}\n{text}"):
        return Judged(0.6, f"Groups are compared ({found}), no control is named.")
    if series.is_superseries or (series.summary_truncated and not series.design):
        return Judged(None, "Whether there are controls does not stand in this record.")
    return Judged(0.25, "No control and no comparison is named.")


def metadata(series: Described, _at: date) -> Judged:
    """Judge how much is told; in what samples differ only where the record tells of samples."""
    if series.is_superseries:
        return Judged(0.1, "The record does not describe the study: its SubSeries do.")
    words = len(series.summary.split())
    summary = min(1.0, words / TELLING_SUMMARY) * (0.6 if series.summary_truncated else 1.0)
    design = min(1.0, len(series.design.split()) / TELLING_DESIGN)
    parts = [
        (0.4, summary),
        (0.25, design),
        (0.1, 1.0 if series.organisms else 0.0),
        (0.05, 1.0 if series.study_types else 0.0),
    ]
    keys = series.telling_characteristics
    if series.characteristics:
        parts.append((0.4, min(1.0, len(keys) / TELLING_CHARACTERISTICS)))
    total = sum(weight for weight, _ in parts)
    worth = sum(weight * part for weight, part in parts) / total
    return Judged(worth, _told_of(series, words=words, keys=keys))


def publication(series: Described, _at: date) -> Judged:
    if not series.pubmed_ids:
        return Judged(None, "The record links no publication.")
    return Judged(1.0, f"Published: PubMed {_some(series.pubmed_ids)}.")


def raw_data(series: Described, _at: date) -> Judged:
    if series.raw_data:
        return Judged(1.0, f"Raw data can be had: {_some(series.raw_data)}.")
    if series.supplementary_types:
        types = _some(series.supplementary_types)
        return Judged(0.0, f"Only processed data is attached ({types}).")
    return Judged(None, "The record does not say which data is attached.")


def platform(series: Described, _at: date) -> Judged:
    count = len(series.platforms)
    if not count:
        return Judged(None, "The record names no platform.")
    worth = next((worth for most, worth in PLATFORM_STEPS if count <= most), MANY_PLATFORMS)
    if count == 1:
        return Judged(worth, f"All was measured on one platform ({series.platforms[0]}).")
    return Judged(worth, f"Measured on {count} platforms, which must be brought together first.")


def age(series: Described, at: date) -> Judged:
    if series.release_date is None:
        return Judged(None, "The record does not say when it was released.")
    years = max(0.0, (at - series.release_date).days / DAYS_A_YEAR)
    share = min(1.0, max(0.0, (years - YOUNG) / (OLD - YOUNG)))
    ago = f"{int(years)} years ago" if int(years) > 1 else "less than two years ago"
    worth = 1.0 - share * (1.0 - LEAST_FOR_AGE)
    return Judged(worth, f"Released on {series.release_date}, {ago}.")


def _told_of(series: Described, *, words: int, keys: list[str]) -> str:
    cut = ", cut off in this record" if series.summary_truncated else ""
    design = "a design" if series.design else "no design"
    told = f" Samples differ in {_some(keys)}." if keys else ""
    return f"The summary has {words} words{cut}, and there is {design}.{told}"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
