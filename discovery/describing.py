"""A series of the catalogue as quality sees it."""

from discovery.models import Dataset
from discovery.quality import Described

# File types that hold measurements before any analysis.
RAW_TYPES = frozenset({"BAM", "CEL", "CRAM", "FASTQ", "GPR", "IDAT", "PAIR", "RCC", "SRA"})


def describe(dataset: Dataset) -> Described:
    return Described(
        title=dataset.title,
        summary=dataset.summary,
        overall_design=dataset.overall_design,
        organisms=dataset.organisms,
        study_types=dataset.study_types,
        platforms=dataset.platforms,
        sample_count=dataset.sample_count,
        characteristics=dataset.characteristics,
        subseries=dataset.subseries,
        pubmed_ids=dataset.pubmed_ids,
        raw_data=raw_data(dataset),
        supplementary_types=dataset.supplementary_types,
        release_date=dataset.release_date,
        summary_truncated=dataset.summary_truncated,
    )


def raw_data(dataset: Dataset) -> list[str]:
    """Return where raw data can be had: the study in SRA, and the raw file types."""
    types = [one for one in dataset.supplementary_types if one in RAW_TYPES]
    return [dataset.sra, *types] if dataset.sra else types


def has_raw_data(dataset: Dataset) -> bool | None:
    """Say whether raw data can be had; None if the record does not tell of any data."""
    if raw_data(dataset):
        return True
    return False if dataset.supplementary_types else None
