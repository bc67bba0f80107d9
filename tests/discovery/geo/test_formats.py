"""What each format says, on files small enough to be read beside the test."""

import gzip
import io
from datetime import date

import pytest

from discovery.geo import entries, eutils, text, xml
from discovery.geo.eutils import SaidError, series_of_summary
from discovery.geo.reading import read
from discovery.geo.records import CrossReferences, Links, Summary, Unreadable, cross_references

SOFT = b"""^SERIES = GSE5
!Series_title = Heat shock
!Series_geo_accession = GSE5
!Series_status = Public on Jun 07 2017
!Series_submission_date = Jun 06 2017
!Series_last_update_date = May 15 2019
!Series_summary = First paragraph.
!Series_summary = Second paragraph.
!Series_type = Expression profiling by array
!Series_sample_id = GSM1
!Series_sample_id = GSM2
!Series_platform_id = GPL1
!Series_supplementary_file = NONE
!Series_relation = SubSeries of: GSE9
!Series_relation = BioProject: https://www.ncbi.nlm.nih.gov/bioproject/PRJNA1
!Series_relation = SRA: https://www.ncbi.nlm.nih.gov/sra?term=SRP2
!Series_pubmed_id = 42
^PLATFORM = GPL1
!Platform_title = An array
!Platform_technology = spotted DNA/cDNA
^SAMPLE = GSM1
!Sample_title = one
!Sample_source_name_ch1 = liver
!Sample_source_name_ch2 = reference
!Sample_organism_ch1 = Homo sapiens
!Sample_characteristics_ch1 = age: 7
!Sample_platform_id = GPL1
#ID_REF =
!sample_table_begin
ID_REF\tVALUE
1\t!not a field
!sample_table_end
"""
MINIML = b"""<?xml version="1.0"?><MINiML xmlns="http://www.ncbi.nlm.nih.gov/geo/info/MINiML">
<Platform iid="GPL1"><Accession database="GEO">GPL1</Accession></Platform>
<Sample iid="GSM1"><Status database="GEO"><Release-Date>2021-07-20</Release-Date></Status>
<Title>one</Title><Accession database="GEO">GSM1</Accession><Channel position="1">
<Source>liver</Source><Organism taxid="9606">Homo sapiens</Organism>
<Characteristics tag="age">
7
</Characteristics></Channel><Platform-Ref ref="GPL1"/>
<Data-Table><Internal-Data>1 2 3</Internal-Data></Data-Table></Sample>
<Series iid="GSE5"><Status database="GEO"><Release-Date>2021-07-20</Release-Date></Status>
<Title>Heat shock</Title><Accession>GSE5</Accession><Summary>Cells.</Summary>
<Sample-Ref ref="GSM1"/><Relation type="SuperSeries of" target="GSE6"/></Series></MINiML>"""
MATRIX = b"""!Series_title\t"Heat shock"
!Series_geo_accession\t"GSE5"
!Series_summary\t"Cells."
!Series_sample_id\t"GSM1 GSM2 "

!Sample_title\t"one"\t"two"
!Sample_geo_accession\t"GSM1"\t"GSM2"
!Sample_characteristics_ch1\t"age: 7"\t"age: 8"
!Sample_characteristics_ch1\t"sex: f"\t""
!series_matrix_table_begin
"ID_REF"\t"GSM1"\t"GSM2"
"a"\t1\t2
!series_matrix_table_end
"""


def of(content: bytes):
    return read(io.BytesIO(content))


def test_soft_tells_the_series() -> None:
    (series,) = of(SOFT).series

    assert series.summary == "First paragraph.\nSecond paragraph."
    assert series.submission_date == date(2017, 6, 6)
    assert series.release_date == date(2017, 6, 7)
    assert series.last_update == date(2019, 5, 15)
    assert (series.sample_count, len(series.samples)) == (2, 1)
    assert series.supplementary_files == []
    assert series.overall_design is None


def test_soft_tells_samples_and_platforms_and_passes_over_tables() -> None:
    family = of(SOFT)

    assert family.samples[0].source_name == "liver; reference"
    assert family.samples[0].characteristics == ["age: 7"]
    assert family.platforms[0].technology == "spotted DNA/cDNA"
    assert family.rows == 2


def test_gzip_and_plain_are_the_same_to_us() -> None:
    assert of(gzip.compress(SOFT)) == of(SOFT)


def test_a_series_refers_to_what_it_names() -> None:
    (series,) = of(SOFT).series

    assert cross_references(series) == CrossReferences(
        series=["GSE5"],
        samples=["GSM1"],
        platforms=["GPL1"],
        sra_studies=["SRP2"],
        bioprojects=["PRJNA1"],
        pubmed_ids=["42"],
        superseries=["GSE9"],
    )


def test_miniml_tells_the_same_as_soft_would() -> None:
    family = of(MINIML)

    assert family.series[0].release_date == date(2021, 7, 20)
    assert family.series[0].samples == family.samples
    assert family.samples[0].characteristics == ["age: 7"]
    assert family.samples[0].platform == "GPL1"
    assert cross_references(family.series[0]).subseries == ["GSE6"]
    assert family.platforms == []


def test_a_series_matrix_has_a_column_a_sample() -> None:
    family = of(MATRIX)

    assert [one.characteristics for one in family.samples] == [["age: 7", "sex: f"], ["age: 8"]]
    assert family.rows == 1


def test_text_that_is_not_utf_8_is_taken_as_latin_1_and_we_say_so() -> None:
    family = of(SOFT.replace(b"Heat shock", b"\xb5-array"))

    assert (family.series[0].title, family.encoding) == ("µ-array", "latin-1")
    assert of(SOFT).encoding == "utf-8"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (SOFT.replace(b"!sample_table_end", b""), "inside a data table"),
        (MATRIX.replace(b"!series_matrix_table_end", b""), "not whole"),
        (gzip.compress(SOFT, mtime=0)[:-20], "gzip"),
        (gzip.compress(SOFT, mtime=0)[:40], "gzip"),
        (MINIML[:-9], "not well-formed"),
        (b"\xff\xfe^\0S\0", "no format"),
        (b"<html><script src='recaptcha'></script></html>", "web page"),
        (b"<!DOCTYPE html><p>Busy</p>", "web page"),
        (b"", "empty"),
        (SOFT.replace(b"= Heat", b"= \0"), "NUL"),
        (b'<?xml version="1.0" encoding="UTF-8"?><MINiML>\xb5</MINiML>', "well-formed"),
        (b'<?xml version="1.0" encoding="x-mac-klingon"?><MINiML/>', "well-formed"),
        (b'{"result": ', "not JSON"),
        (b'{"error": "API rate limit exceeded"}', "rate limit"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(content: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        of(content)


BOMB = b"".join(b"<!ENTITY l%d '%s'>" % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
HOSTILE = {
    "bomb": b"<!DOCTYPE eSearchResult [<!ENTITY l0 'lol'>"
    + BOMB
    + b"]><eSearchResult>&l9;</eSearchResult>",
    "file": b"<!DOCTYPE eSearchResult [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><eSearchResult>&x;</eSearchResult>",
    "parameter": b"<!DOCTYPE eSearchResult [<!ENTITY % x SYSTEM 'http://127.0.0.1/'> %x;]><eSearchResult/>",
    "skipped": b"<!DOCTYPE eSearchResult SYSTEM 'a.dtd'><eSearchResult>&nbsp;</eSearchResult>",
    "deep": b"<eSearchResult>" + b"<a>" * 100_000,
    "wide": b"<eSearchResult>" + b"<a/>" * 2_100_000,
    "tag": b"<eSearchResult><a b='" + b"x" * 5_000_000,
    "comment": b"<eSearchResult><!--" + b"x" * 50_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_xml_is_refused(name: str) -> None:
    with pytest.raises(Unreadable, match=r"entities|nested|more than|longer"):
        of(HOSTILE[name])


def test_the_doctype_of_eutilities_is_harmless() -> None:
    found = of(
        b'<!DOCTYPE eSearchResult PUBLIC "-//NLM//DTD esearch" "https://eutils/esearch.dtd">'
        b"<eSearchResult><Count>2</Count><IdList><Id>7</Id></IdList><WebEnv>W</WebEnv>"
        b"<QueryKey>1</QueryKey><ErrorList><PhraseNotFound>xyzzy</PhraseNotFound></ErrorList>"
        b"</eSearchResult>"
    )

    assert (found.count, found.ids, found.warnings) == (2, ["7"], ["xyzzy"])
    assert found.history.web_env == "W"


def test_links_are_read_from_both_forms() -> None:
    expected = [Links(["1"], {"pubmed_gds": ["200000005"]})]

    assert expected == of(
        b"<eLinkResult><LinkSet><DbFrom>pubmed</DbFrom><IdList><Id>1</Id></IdList><LinkSetDb>"
        b"<DbTo>gds</DbTo><LinkName>pubmed_gds</LinkName><Link><Id>200000005</Id></Link>"
        b"</LinkSetDb></LinkSet></eLinkResult>"
    )
    assert expected == of(
        b'{"linksets": [{"dbfrom": "pubmed", "ids": ["1"], "linksetdbs":'
        b' [{"dbto": "gds", "linkname": "pubmed_gds", "links": ["200000005"]}]}]}'
    )


def test_an_error_in_an_answer_is_told_in_its_words() -> None:
    with pytest.raises(SaidError, match="Invalid uid 0"):
        of(b'{"linksets": [{"ERROR": "Invalid uid 0"}], "ERROR": "", "error": "Invalid uid 0"}')


SUMMARY = {
    "entrytype": "GSE",
    "accession": "GSE5",
    "title": "Heat shock",
    "summary": "Cells were heated...",
    "taxon": "Homo sapiens; Mus musculus",
    "gpl": "570;96",
    "gdstype": "Expression profiling by array",
    "pdat": "2012/09/13",
    "n_samples": 1,
    "suppfile": "CEL, TXT",
    "pubmedids": [42],
    "bioproject": "PRJNA1",
    "extrelations": [{"relationtype": "SRA", "targetobject": "SRP2"}],
    "samples": [{"accession": "GSM1", "title": "one"}],
}


def test_a_summary_of_gds_is_a_series() -> None:
    series = series_of_summary(Summary("200000005", SUMMARY))

    assert series.organisms == ["Homo sapiens", "Mus musculus"]
    assert series.platforms == ["GPL570", "GPL96"]
    assert series.release_date == date(2012, 9, 13)
    assert series.supplementary_types == ["CEL", "TXT"]
    assert series.pubmed_ids == ["42"]
    assert (series.bioproject, series.sra) == ("PRJNA1", "SRP2")
    assert series.summary_truncated
    assert series.submission_date is None


def test_a_summary_of_something_else_is_no_series() -> None:
    with pytest.raises(Unreadable, match="not a series"):
        series_of_summary(Summary("3", SUMMARY | {"entrytype": "GSM"}))


def test_articles_name_what_they_deposited() -> None:
    (article,) = of(
        b"<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>42</PMID><Article><Journal>"
        b"<JournalIssue><PubDate><MedlineDate>2009 Jan-Feb</MedlineDate></PubDate></JournalIssue>"
        b"<Title>Cell</Title></Journal><ArticleTitle>Of <i>E. coli</i>, heat.</ArticleTitle>"
        b"<ELocationID EIdType='doi'>10.1/x</ELocationID><DataBankList><DataBank>"
        b"<DataBankName>GEO</DataBankName><AccessionNumberList><AccessionNumber>GSE5"
        b"</AccessionNumber></AccessionNumberList></DataBank></DataBankList></Article>"
        b"</MedlineCitation></PubmedArticle></PubmedArticleSet>"
    )

    assert article.title == "Of E. coli, heat."
    assert (article.pubmed_id, article.journal, article.year) == ("42", "Cell", 2009)
    assert (article.doi, article.accessions) == ("10.1/x", ["GSE5"])


def test_records_of_sra_tell_their_own_accessions_and_not_those_of_the_abstract() -> None:
    (references,) = of(
        b"<STUDY_SET><STUDY accession='SRP1' alias='GSE5'><IDENTIFIERS>"
        b"<EXTERNAL_ID namespace='BioProject'>PRJNA1</EXTERNAL_ID></IDENTIFIERS><DESCRIPTOR>"
        b"<STUDY_ABSTRACT>As in GSE77</STUDY_ABSTRACT></DESCRIPTOR><STUDY_LINKS><STUDY_LINK>"
        b"<XREF_LINK><DB>pubmed</DB><ID>42</ID></XREF_LINK></STUDY_LINK></STUDY_LINKS></STUDY>"
        b"</STUDY_SET>"
    )

    assert references == CrossReferences(
        series=["GSE5"], sra_studies=["SRP1"], bioprojects=["PRJNA1"], pubmed_ids=["42"]
    )


def test_a_file_that_describes_more_than_any_in_geo_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(entries, "MAX_FAMILY", 50)
    monkeypatch.setattr(xml, "MAX_KEPT", 1)

    for content in (SOFT, MATRIX, MINIML):
        with pytest.raises(Unreadable, match="more than"):
            of(content)


def test_samples_that_no_series_names_belong_to_a_series_only_if_it_is_alone() -> None:
    series = b"^SERIES = GSE1\n!Series_title = a\n!Series_summary = b\n"
    sample = b"^SAMPLE = GSM1\n!Sample_title = one\n"

    (alone,) = of(series + sample).series
    both = of(series + series.replace(b"GSE1", b"GSE2") + sample).series

    assert (len(alone.samples), alone.sample_count) == (1, 1)
    assert [(one.samples, one.sample_count) for one in both] == [([], None), ([], None)]


def test_series_cannot_share_samples_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "MAX_TOLD", 3)

    of(SOFT)
    with pytest.raises(Unreadable, match="share more"):
        of(SOFT + SOFT.replace(b"GSE5", b"GSE6"))


@pytest.mark.parametrize("limit", ["MAX_CHARACTERS", "MAX_NODES"])
def test_an_element_beyond_measure_is_refused(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml, limit, 5)

    with pytest.raises(Unreadable, match="more than"):
        of(MINIML)


def test_a_gzip_bomb_is_not_unpacked_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "MAX_UNPACKED", 200_000)

    with pytest.raises(Unreadable, match="unpacks"):
        of(gzip.compress(SOFT + b"#" + b"\n" * 1_000_000))


def test_a_file_with_nothing_in_it_is_refused() -> None:
    with pytest.raises(Unreadable, match="describes no"):
        of(b"^DATABASE = GeoMiame\n!Database_name = GEO\n")


def test_endless_lines_and_endless_json_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eutils, "MAX_JSON", 1000)

    with pytest.raises(Unreadable, match="longer"):
        of(b"^SERIES = GSE1\n!Series_title = " + b"x" * 17_000_000)
    with pytest.raises(Unreadable, match="longer"):
        of(b"{" + b" " * 2000)
