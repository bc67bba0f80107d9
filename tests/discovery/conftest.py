"""Series for the tests of discovery: small, made up, and loaded the way real ones are."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

import orjson
import pytest

from discovery import indexing
from discovery.services import catalogue
from discovery.services.catalogue import Line, LoadReport

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)

SERIES: list[dict[str, object]] = [
    {
        "accession": "GSE101",
        "title": "Breast tumours before and after chemotherapy",
        "summary": "RNA was sequenced from breast cancer biopsies of women, taken twice.",
        "overall_design": "Forty paired biopsies.",
        "organisms": ["Homo sapiens"],
        "series_type": ["Expression profiling by high throughput sequencing"],
        "platforms": ["GPL16791"],
        "n_samples": 80,
        "pubmed_ids": ["1"],
        "release_date": "2019-05-01",
        "relations": ["SRA: https://www.ncbi.nlm.nih.gov/sra?term=SRP1"],
    },
    {
        "accession": "GSE102",
        "title": "Mammary carcinoma cells of mice under hypoxia",
        "summary": "Mouse mammary tumour cell lines were grown in low oxygen.",
        "organisms": ["Mus musculus"],
        "series_type": ["Expression profiling by array"],
        "platforms": ["GPL1261"],
        "n_samples": 12,
        "release_date": "2010-03-01",
        "supplementary_types": ["CEL"],
    },
    {
        "accession": "GSE103",
        "title": "Yeast under heat shock",
        "summary": "Budding yeast was moved to a warmer bath and sampled for an hour.",
        "organisms": ["Saccharomyces cerevisiae"],
        "series_type": ["Expression profiling by array"],
        "platforms": ["GPL90"],
        "n_samples": 9,
        "release_date": "2003-01-01",
        "supplementary_types": ["TXT"],
    },
    {
        "accession": "GSE104",
        "title": "Down syndrome fibroblasts",
        "summary": "Skin fibroblasts with three copies of chromosome 21, compared with euploid ones.",
    },
    {
        "accession": "GSE105",
        "title": "Liver of fasted rats",
        "summary": "Hepatic transcripts of rats after a day without food; none had breast cancer.",
        "organisms": ["Rattus norvegicus"],
        "n_samples": 6,
    },
]


def lines_of(records: Iterable[dict[str, object]]) -> list[Line]:
    return [Line(number, orjson.dumps(record)) for number, record in enumerate(records, 1)]


Load = Callable[..., LoadReport]


@pytest.fixture
def load(db: None) -> Load:
    """Load records, each a dict that is added to the smallest valid one."""

    def run(*records: dict[str, object], at: datetime = NOON) -> LoadReport:
        smallest = {"title": "A title", "summary": "A summary."}
        return catalogue.load(lines=lines_of(smallest | record for record in records), at=at)

    return run


@pytest.fixture
def five_series(load: Load) -> None:
    """Load `SERIES` and embed them."""
    load(*SERIES)
    indexing.embed_waiting(threads=1)
