"""The service as an object."""

from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx2

from omicsoracle_client.answers import Quota, Report, SearchAnswer, Usage, Validation
from omicsoracle_client.credentials import REFRESH, Key, Session
from omicsoracle_client.resources.auth import Auth
from omicsoracle_client.resources.batch import Batch
from omicsoracle_client.resources.datasets import Datasets
from omicsoracle_client.resources.history import History
from omicsoracle_client.resources.keys import Keys
from omicsoracle_client.resources.shapes import filters_of, given
from omicsoracle_client.transport import TIMEOUT, Patience, Transport

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Client:
    """OmicsOracle, for one user. To be used in a `with` block, or closed; for several threads.

    :param base_url: where the service is, such as `https://omicsoracle.example`
    :param api_key: a key; what it may do depends on its scopes
    :param token: an access token, in place of a key; `auth.login` gets one, and renews it
    :param timeout: seconds for each request
    :param patience: how long to wait in all when a limit is reached or the service is away; with
        `Patience(seconds=0)` nothing is sent twice
    :param is_insecure: allow addresses that begin with http, where all can read the credential
    :raises ValueError: if both credentials are given, or the address is none
    """

    def __init__(
        self,
        base_url: str,
        *,
        api_key: str | None = None,
        token: str | None = None,
        timeout: float | httpx2.Timeout = TIMEOUT,
        patience: Patience | None = None,
        is_insecure: bool = False,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        _require_good_address(base_url, is_insecure=is_insecure)
        if api_key and token:
            raise ValueError("Give either an API key or a token, not both.")
        self._transport = Transport(
            base_url, timeout=timeout, patience=patience, transport=transport
        )
        if api_key:
            self._transport.auth = Key(api_key)
        elif token:
            self._transport.auth = Session(self._transport.url + REFRESH, token)
        self.auth = Auth(self._transport)
        self.keys = Keys(self._transport)
        self.datasets = Datasets(self._transport)
        self.batch = Batch(self._transport)
        self.history = History(self._transport)

    def close(self) -> None:
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def search(
        self,
        query: str,
        *,
        max_results: int = 20,
        mode: str = "hybrid",
        source: str = "local",
        **filters: Any,
    ) -> SearchAnswer:
        """Find the series that answer a question, best first, each with the reasons.

        :param source: `ncbi` asks NCBI itself
        :param filters: `organism`, `study_type`, `min_samples`, `max_samples`, `platform`,
            `released_after`, `released_before`, `has_publication`, `has_raw_data`
        """
        body = {"query": query, "max_results": max_results, "mode": mode, "source": source}
        return self._transport.read(
            SearchAnswer, "POST", "agents/search", json=body | filters_of(filters)
        )

    def validate(self, *geo_ids: str, min_quality_score: float = 0.0) -> Validation:
        """Judge how far one can work with series."""
        body = {"dataset_ids": list(geo_ids), "min_quality_score": min_quality_score}
        return self._transport.read(Validation, "POST", "agents/validate", json=body)

    def report(
        self,
        *geo_ids: str,
        query: str | None = None,
        report_type: str = "comprehensive",
        report_format: str = "markdown",
        include_recommendations: bool = True,
        **filters: Any,
    ) -> Report:
        """Write a report about series, or about the best answers to a question."""
        body = given(
            query=query,
            dataset_ids=list(geo_ids) or None,
            report_type=report_type,
            report_format=report_format,
            include_recommendations=include_recommendations,
        )
        return self._transport.read(
            Report, "POST", "agents/report", json=body | filters_of(filters)
        )

    def usage(self) -> Usage:
        """Tell how much was used. This counts nothing."""
        return self._transport.read(Usage, "GET", "users/usage")

    def quota(self) -> Quota:
        """Tell how much may be used. This counts nothing."""
        return self._transport.read(Quota, "GET", "users/quota")


def _require_good_address(base_url: str, *, is_insecure: bool) -> None:
    parts = urlsplit(base_url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query:
        raise ValueError(f"{base_url!r} is no address: it begins with https:// and names a host.")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK and not is_insecure:
        raise ValueError(
            "Over http, everybody on the way can read your credential: use https, or say is_insecure."
        )
