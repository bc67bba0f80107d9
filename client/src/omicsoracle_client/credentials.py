"""How a request shows whose it is: by an API key, or by a session that renews its token."""

import threading
from collections.abc import Callable, Generator
from http import HTTPStatus

import httpx2

from omicsoracle_client.answers import Tokens, read

REFRESH = "auth/refresh"


class Key(httpx2.Auth):
    """An API key."""

    def __init__(self, key: str) -> None:
        self._key = key

    def auth_flow(
        self, request: httpx2.Request
    ) -> Generator[httpx2.Request, httpx2.Response, None]:
        request.headers["X-API-Key"] = self._key
        yield request


class Session(httpx2.Auth):
    """A session's access token, renewed when it is good no more. For several threads at once.

    :param url: where tokens are renewed
    :param refresh: without it, the token is used as long as it is good
    :param tell: called with the new tokens
    """

    def __init__(
        self,
        url: str,
        access: str,
        refresh: str = "",
        tell: Callable[[Tokens], None] = lambda _: None,
    ) -> None:
        self._url, self._tell = url, tell
        self.access, self.refresh = access, refresh
        self._lock = threading.Lock()

    def sync_auth_flow(
        self, request: httpx2.Request
    ) -> Generator[httpx2.Request, httpx2.Response, None]:
        used = self.access
        request.headers["Authorization"] = f"Bearer {used}"
        response = yield request
        if response.status_code != HTTPStatus.UNAUTHORIZED or not self.refresh:
            return
        with self._lock:
            if self.access == used:  # nobody else has renewed it meanwhile
                renewed = yield httpx2.Request("POST", self._url, json={"refresh": self.refresh})
                renewed.read()
                if not renewed.is_success:
                    return
                self._take(read(Tokens, renewed.json()))
        request.headers["Authorization"] = f"Bearer {self.access}"
        yield request

    def _take(self, tokens: Tokens) -> None:
        self.access, self.refresh = tokens.access, tokens.refresh
        self._tell(tokens)
