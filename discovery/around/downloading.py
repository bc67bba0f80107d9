"""Where GEO and SRA keep the files of a series, and the commands that fetch them.

GEO's folders follow from the accession (series/GSE2nnn/GSE2034/…). A record's own lists may hold
anything: only names of files at NCBI are taken from them, and every word of a command is quoted.
"""

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

HOST = "https://ftp.ncbi.nlm.nih.gov/geo/"
RUN_SELECTOR = "https://www.ncbi.nlm.nih.gov/Traces/study/?acc="
# ENA mirrors SRA, and lists the runs of a study to anybody; prefetch takes runs only.
RUNS = (
    "https://www.ebi.ac.uk/ena/portal/api/filereport"
    "?result=read_run&fields=run_accession&format=tsv&accession="
)
NCBI_HOSTS = frozenset({"ftp.ncbi.nlm.nih.gov", "ftp.ncbi.nih.gov", "www.ncbi.nlm.nih.gov"})
OWNER = re.compile(r"GS[EM][1-9][0-9]{0,8}")  # what the name of a file begins with
STUDY = re.compile(r"[SED]RP[0-9]{1,12}|PRJ[A-Z]{2}[0-9]{1,12}")
LONGEST_NAME = 255
THOUSANDS = 3  # digits that a folder leaves out


@dataclass(frozen=True, slots=True)
class Link:
    """A file, a folder or a page. A folder's address ends with a slash."""

    kind: str
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Command:
    """A line for a shell, all its words quoted."""

    tool: str
    purpose: str
    line: str


def links(
    accession: str, *, platforms: Sequence[str], supplementary: Sequence[str], study: str | None
) -> list[Link]:
    """Return what can be downloaded of a series.

    :param platforms: with several, GEO writes a matrix for each
    :param supplementary: addresses as the record has them
    :param study: in SRA, or a BioProject
    """
    folder = folder_of(accession)
    series = f"{accession}_series_matrix.txt.gz"
    found = [
        Link("soft", f"{accession}_family.soft.gz", f"{folder}soft/{accession}_family.soft.gz"),
        Link("miniml", f"{accession}_family.xml.tgz", f"{folder}miniml/{accession}_family.xml.tgz"),
        Link("matrix", "matrix/", f"{folder}matrix/")
        if len(platforms) > 1
        else Link("matrix", series, f"{folder}matrix/{series}"),
        *_supplementary(accession, supplementary),
        Link("supplementary", "suppl/", f"{folder}suppl/"),
    ]
    if study and STUDY.fullmatch(study):
        found.append(Link("sra", study, RUN_SELECTOR + study))
    return found


def commands(found: Sequence[Link]) -> list[Command]:
    """Return the commands that fetch what was found: of pages, what they list."""
    return [command for link in found for command in _commands_of(link)]


def folder_of(accession: str) -> str:
    """Return the folder of a series or a sample: GSE2034 lies in series/GSE2nnn/GSE2034/."""
    kind = "samples" if accession.startswith("GSM") else "series"
    head, digits = accession[:3], accession[3:]
    return f"{HOST}{kind}/{head}{digits[:-THOUSANDS]}nnn/{accession}/"


def left_out(supplementary: Sequence[str]) -> int:
    """Return how many of the record's addresses are none of NCBI's."""
    return sum(_file_name(url) is None for url in supplementary)


def _supplementary(accession: str, urls: Sequence[str]) -> Iterator[Link]:
    """Yield the files as they lie today: old records name folders that are no more."""
    for url in urls:
        name = _file_name(url)
        if name is not None:
            owner = OWNER.match(name)
            folder = folder_of(owner[0] if owner else accession)
            yield Link("supplementary", name, f"{folder}suppl/{quote(name)}")


def _file_name(url: str) -> str | None:
    """Return the name of the file at NCBI that an address leads to, None if it leads elsewhere."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    name = unquote(parts.path).rpartition("/")[2]
    is_file = parts.scheme in {"ftp", "http", "https"} and parts.hostname in NCBI_HOSTS
    is_name = 0 < len(name) <= LONGEST_NAME and name.isprintable() and name not in {".", ".."}
    return name if is_file and is_name else None


def _commands_of(link: Link) -> Iterator[Command]:
    url = shlex.quote(link.url)
    if link.kind == "sra":
        runs = shlex.quote(RUNS + link.name)
        line = f"curl --fail --silent --show-error {runs} | tail -n +2 | cut -f 1 | xargs -n 1 prefetch"
        yield Command("prefetch", f"all runs of {link.name}", line)
    elif link.url.endswith("/"):
        flags = "--recursive --no-parent --no-directories --reject 'index.html*'"
        yield Command("wget", f"all of {link.name}", f"wget {flags} {url}")
    else:
        flags = "--fail --continue-at - --output"
        name = shlex.quote(f"./{link.name}")
        yield Command("curl", link.name, f"curl {flags} {name} {url}")
        yield Command("wget", link.name, f"wget --continue --output-document={name} {url}")
