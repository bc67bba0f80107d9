"""How to cite a series and how to download it."""

from dataclasses import dataclass

from discovery.around import citing, downloading
from discovery.around.citing import Cited
from discovery.around.downloading import Command, Link
from discovery.models import Dataset
from discovery.records import PUBMED_ID


@dataclass(frozen=True, slots=True)
class Downloads:
    """Links to the files of a series, and the commands that fetch them."""

    geo_id: str
    links: list[Link]
    commands: list[Command]
    notices: list[str]


def citation_of(dataset: Dataset, *, form: str) -> str:
    """Return the citation of a series and of its publications in one of `citing.FORMATS`."""
    cited = Cited(
        accession=dataset.accession,
        title=dataset.title,
        url=dataset.url,
        release_date=dataset.release_date,
        pubmed_ids=[one for one in dataset.pubmed_ids if PUBMED_ID.fullmatch(one)],
    )
    return citing.FORMATS[form].write(cited)


def downloads_of(dataset: Dataset) -> Downloads:
    """Return where the files of a series are, by GEO's layout and the record's own list."""
    links = downloading.links(
        dataset.accession,
        platforms=dataset.platforms,
        supplementary=dataset.supplementary_files,
        study=dataset.sra or dataset.bioproject,
    )
    strange = downloading.left_out(dataset.supplementary_files)
    notices = [f"{strange} addresses of the record are left out: they do not lead to NCBI."]
    return Downloads(
        geo_id=dataset.accession,
        links=links,
        commands=downloading.commands(links),
        notices=notices if strange else [],
    )
