"""Series, and what belongs to them."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from omicsoracle_client.answers import Dataset, Downloads, Neighbourhood, Sample
from omicsoracle_client.resources.shapes import plain
from omicsoracle_client.transport import Transport


class Datasets:
    """The catalogue."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def get(self, geo_id: str) -> Dataset:
        return self._transport.read(Dataset, "GET", _path(geo_id))

    def list(self, **filters: Any) -> Iterator[Dataset]:
        """Yield the series that filters leave, as `Client.search` takes them."""
        return self._transport.pages(Dataset, "datasets", **plain(filters))

    def samples(self, geo_id: str) -> Iterator[Sample]:
        return self._transport.pages(Sample, f"{_path(geo_id)}/samples")

    def samples_csv(self, geo_id: str) -> str:
        """Return the table of samples, their characteristics as columns."""
        return self._text(f"{_path(geo_id)}/samples", "csv")

    def similar(self, geo_id: str, *, max_results: int = 10) -> Neighbourhood:
        """Return the series that are closest in meaning."""
        asked = {"max_results": max_results}
        return self._transport.read(Neighbourhood, "GET", f"{_path(geo_id)}/similar", params=asked)

    def citation(self, geo_id: str, *, form: str = "bibtex") -> str:
        """Return how to cite a series.

        :param form: `bibtex`, `ris` or `csl-json`
        """
        return self._text(f"{_path(geo_id)}/citation", form)

    def downloads(self, geo_id: str) -> Downloads:
        """Return where its files are, and commands that fetch them."""
        return self._transport.read(Downloads, "GET", f"{_path(geo_id)}/downloads")

    def _text(self, path: str, form: str) -> str:
        return self._transport.send("GET", path, params={"format": form}).text


def _path(geo_id: str) -> str:
    return f"datasets/{quote(geo_id, safe='')}"
