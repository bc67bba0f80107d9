"""NCBI as it is asked in earnest, but on loopback."""

from collections.abc import Iterator
from typing import Any

import pytest
import redis

from discovery import ncbi
from tests.fakes.ncbi import Ncbi, serve
from tests.fakes.shelf import Shelf

SERIES: list[dict[str, Any]] = [
    {
        "accession": "GSE201",
        "title": "Breast cancer before and after chemotherapy",
        "summary": "RNA was sequenced from breast cancer biopsies, taken twice. " * 20,
        "overall_design": "Forty paired biopsies.",
        "organisms": ["Homo sapiens"],
        "series_type": ["Expression profiling by high throughput sequencing"],
        "platforms": ["GPL16791"],
        "n_samples": 2,
        "pubmed_ids": ["22983707"],
        "release_date": "2019-05-01",
        "last_update": "2025-12-30",
        "relations": [
            "SubSeries of: GSE203",
            "BioProject: https://www.ncbi.nlm.nih.gov/bioproject/PRJNA9",
            "SRA: https://www.ncbi.nlm.nih.gov/sra?term=SRP9",
        ],
        "samples": [
            {"accession": "GSM1", "title": "before", "characteristics": ["tissue: breast"]},
            {"accession": "GSM2", "title": "after", "characteristics": ["tissue: breast"]},
        ],
    },
    {
        "accession": "GSE202",
        "title": "Mammary tumours of mice",
        "summary": "Breast cancer cells of mice were grown in low oxygen.",
        "organisms": ["Mus musculus"],
        "series_type": ["Expression profiling by array"],
        "platforms": ["GPL1261"],
        "n_samples": 1,
        "release_date": "2010-03-01",
        "last_update": "2012-01-01",
        "samples": [{"accession": "GSM3", "title": "tumour"}],
    },
    {
        "accession": "GSE203",
        "title": "Chemotherapy and its consequences",
        "summary": "This SuperSeries is composed of the SubSeries listed below.",
        "organisms": ["Homo sapiens"],
        "platforms": ["GPL16791"],
        "n_samples": 3,
        "release_date": "2020-01-01",
        "last_update": "2025-12-31",
        "samples": [{"accession": "GSM4", "title": "breast cancer, third biopsy"}],
    },
    {
        "accession": "GSE204",
        "title": "Yeast under heat shock",
        "summary": "Budding yeast was moved to a warmer bath.",
        "organisms": ["Saccharomyces cerevisiae"],
        "n_samples": 9,
        "release_date": "2003-01-01",
        "last_update": "2005-01-01",
    },
]


@pytest.fixture
def shelf() -> Shelf:
    return Shelf.of([dict(one) for one in SERIES])


@pytest.fixture
def fake(shelf: Shelf, valkey: redis.Redis, settings: Any) -> Iterator[Ncbi]:
    """NCBI with four series, asked as often as it allows: with a key, ten times a second."""
    with serve() as server:
        server.shelf = shelf
        settings.NCBI_EMAIL = "team@example.org"
        settings.NCBI_API_KEY = "the-key"
        settings.NCBI_URL, settings.NCBI_GEO_URL = server.url, server.geo_url
        clients = ncbi.entrez(), ncbi.pages()
        yield server
        for one in clients:
            one.close()
        ncbi._entrez.cache_clear()
        ncbi._pages.cache_clear()
