"""What is misspelt and what is left out, in the answers of the agents."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from discovery.models import Dataset
from discovery.ontologies import files
from discovery.ontologies.terms import Entry
from discovery.services import ontologies, questions
from discovery.services.search import Mode, search
from discovery.understanding import Filters
from tests.discovery.conftest import NOON, Load
from tests.factories import ApiKeyFactory

TODAY = date(2026, 1, 1)
ENTRIES = [
    Entry("MONDO:1", "disease", "asthma", (), (), None),
    Entry("MONDO:2", "disease", "hyperfrobnia", ("frobnication of the liver",), (), None),
]

pytestmark = pytest.mark.django_db


@pytest.fixture
def _ontology(tmp_path: Path) -> None:
    release = files.write(tmp_path, name="MONDO", version="v1", source="a test", entries=ENTRIES)
    files.write_index(tmp_path, [release])
    ontologies.load(at=NOON, folder=tmp_path)


def meant(question: str) -> str | None:
    return questions.read(question=question, at=TODAY).did_you_mean


@pytest.mark.usefixtures("_ontology")
@pytest.mark.parametrize(
    ("question", "corrected"),
    [
        ("hyperfobnia in mice", "hyperfrobnia in mice"),
        (
            "Hyprefrobnia and frobnicatoin of the liver",
            "hyperfrobnia and frobnication of the liver",
        ),
        ("severe astma", "severe asthma"),
        ("hyperfrobnia", None),
        ("frobnicatoin of nothing", None),  # no name comes of it
        ("zyxwvut", None),
    ],
)
def test_a_misspelt_name_is_asked_about(question: str, corrected: str | None) -> None:
    assert meant(question) == corrected


@pytest.mark.usefixtures("_ontology")
def test_a_word_of_several_series_is_not_doubted(load: Load) -> None:
    load(*({"accession": f"GSE{number}", "title": "Astma"} for number in (1, 2, 3)))

    assert meant("severe astma") is None


@pytest.mark.usefixtures("_ontology")
def test_names_of_the_ontologies_are_entities_of_a_question() -> None:
    read = questions.read(question="frobnication of the liver", at=TODAY)

    assert [(one.id, one.canonical) for one in read.entities] == [("MONDO:2", "hyperfrobnia")]


def ask(question: str) -> Any:
    return search(question=question, filters=Filters(), max_results=20, mode=Mode.LEXICAL, at=TODAY)


def accessions(question: str) -> list[str]:
    return [hit.dataset.accession for hit in ask(question).hits]


@pytest.mark.usefixtures("_ontology")
def test_a_search_asks_about_a_slip_and_answers_what_was_written(load: Load) -> None:
    load({"accession": "GSE1", "title": "Asthma"}, {"accession": "GSE2", "title": "A severe case"})

    answer = ask("severe astma")

    assert [hit.dataset.accession for hit in answer.hits] == ["GSE2"]
    assert answer.did_you_mean == "severe asthma"
    assert answer.notices == ["Did you mean “severe asthma”? This answer is for what you wrote."]


@pytest.mark.usefixtures("_ontology")
def test_where_nothing_is_found_a_search_answers_what_was_meant_and_says_so(load: Load) -> None:
    load({"accession": "GSE1", "title": "Asthma"})

    answer = ask("astma")

    assert [hit.dataset.accession for hit in answer.hits] == ["GSE1"]
    assert answer.did_you_mean == "asthma"
    assert answer.notices == ["Nothing was found for “astma”: this answer is for “asthma”."]


def test_series_of_an_excluded_organism_alone_are_left_out(load: Load) -> None:
    both = ["Mus musculus", "Homo sapiens"]
    load(
        {"accession": "GSE1", "title": "Liver", "organisms": ["Mus musculus"]},
        {"accession": "GSE2", "title": "Liver", "organisms": both},
        {"accession": "GSE3", "title": "Liver"},
        {"accession": "GSE4", "title": "Liver", "organisms": ["Rattus norvegicus"]},
    )

    assert set(accessions("liver")) == {"GSE1", "GSE2", "GSE3", "GSE4"}
    assert set(accessions("liver, not in mouse or rat")) == {"GSE2", "GSE3"}
    assert set(accessions("liver, no mouse cell lines")) == {"GSE1", "GSE2", "GSE3", "GSE4"}
    assert ask("liver, not in mouse").excluded == ["Mus musculus"]


def test_series_of_an_excluded_assay_alone_are_left_out(load: Load) -> None:
    rna = "Expression profiling by high throughput sequencing"
    load(
        {"accession": "GSE1", "title": "Liver", "series_type": [rna]},
        {"accession": "GSE2", "title": "Liver", "series_type": [rna, "Other"]},
    )

    assert accessions("liver without RNA-seq") == ["GSE2"]


def test_series_that_are_titled_after_what_is_excluded_come_last(load: Load) -> None:
    load(
        {"accession": "GSE1", "title": "Liver in diabetes mellitus"},
        {"accession": "GSE2", "title": "Liver samples from several clinics of a country"},
        {"accession": "GSE3", "title": "Liver of non-diabetic people", "summary": "Liver."},
    )

    assert accessions("liver") != accessions("liver without diabetes")
    assert accessions("liver without diabetes")[-1] == "GSE1"
    assert Dataset.objects.count() == 3


def test_the_agents_tell_what_is_left_out_and_what_may_have_been_meant(load: Load) -> None:
    load({"accession": "GSE1", "title": "Liver"})
    api = APIClient(raise_request_exception=False)
    api.credentials(HTTP_X_API_KEY=ApiKeyFactory().text)

    def post(agent: str) -> Any:
        body = {"query": "liver, not in mouse"}
        return api.post(f"/api/v2/agents/{agent}", body, format="json").json()

    (left_out,) = post("query")["excluded"]
    assert (left_out["text"], left_out["id"]) == ("mouse", "NCBITaxon:10090")
    assert post("query")["did_you_mean"] is None
    assert (post("search")["excluded"], post("search")["did_you_mean"]) == (["Mus musculus"], None)
