"""How to cite a series, how to download it, and all that is told of it at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from discovery.around import citing, downloading
from discovery.around.citing import Cited
from discovery.around.downloading import Command, Link
from discovery.models import Dataset, Platform
from discovery.quality import Quality
from discovery.records import PUBMED_ID
from discovery.services.quality import assess


@dataclass(frozen=True, slots=True)
class Downloads:
    """Links to the files of a series, and the commands that fetch them."""

    geo_id: str
    links: list[Link]
    commands: list[Command]
    notices: list[str]


@dataclass(frozen=True, slots=True)
class Overview:
    """A series with what is told of it beside its record.

    :ivar citations: by the names of `citing.FORMATS`
    :ivar platform_titles: by accession, where GEO was asked for them
    """

    dataset: Dataset
    quality: Quality
    downloads: Downloads
    citations: Mapping[str, str]
    platform_titles: Mapping[str, str]


def overview_of(dataset: Dataset, *, at: date) -> Overview:
    """Return all that a page about a series shows, but for its samples and neighbours.

    :param at: today: a series ages
    """
    named = Platform.objects.filter(accession__in=dataset.platforms, title__isnull=False)
    return Overview(
        dataset=dataset,
        quality=assess(dataset, at),
        downloads=downloads_of(dataset),
        citations={form: citation_of(dataset, form=form) for form in citing.FORMATS},
        platform_titles={one.accession: one.title or "" for one in named},
    )


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
