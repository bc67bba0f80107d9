"""Two people behind one proxy that caches what it may: no byte of one reaches the other."""

import contextlib
import http.client
import json
import shutil
import signal
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from django.utils import timezone

from accounts.models import ApiKey, User
from accounts.services import sessions
from discovery.models import Dataset
from tests.factories import ApiKeyFactory
from tests.performance.accounts.people import person
from tests.performance.accounts.report import Row
from tests.performance.accounts.servers import Site
from tests.performance.caching.sizes import chosen
from tests.security.routes import filled, parameters, private

UNKEYED = {
    "X-Forwarded-Host": "canary.example",
    "X-Original-URL": "/api/v2/auth/me",
    "X-HTTP-Method-Override": "DELETE",
}
PUBLIC = "/static/admin/css/base.css"
SEARCH = "/api/v2/agents/search"
OF_THE_REQUEST = ("cached", "execution_time_ms", "request_id", "timestamp", "as_of")
CONFIGURATION = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/errors;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  proxy_cache_path {folder}/kept keys_zone=kept:1m;
  upstream web {{ server 127.0.0.1:{one}; server 127.0.0.1:{other}; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://web; proxy_set_header Host $host;
      proxy_set_header If-None-Match $http_if_none_match;  # else nobody is answered 304
      proxy_cache kept; proxy_cache_methods GET HEAD; proxy_cache_revalidate on;
      add_header X-Proxy-Cache $upstream_cache_status always;
    }}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person, all of whose data bears a word that stands nowhere else."""

    canary: str
    user: User
    key: ApiKey
    token: str
    session_id: object


def measure(site: Site, *, short: bool) -> list[Row]:
    sizes = chosen(short=short)
    if shutil.which("nginx") is None:
        return [Row("two people through nginx", "not measured: nginx is not installed", "", None)]
    one, other = _somebody("canaryone"), _somebody("canarytwo")
    with site.web_servers(**sizes.environment), _nginx(site.ports) as port:
        found = [_crossed(port, one, other), _crossed(port, other, one)]
        changed = [_changed(port, who) for who in (one, other)]
        control = [_send(port, "GET", PUBLIC, {}).headers["x-proxy-cache"] for _ in "12"][1]
    leaks = sorted({leak for each, _, _ in found for leak in each})
    statuses = sum((each[1] for each in found), Counter[int]())
    proxied = sum(each[2] for each in found)
    return [
        Row(
            f"two people, {len(private())} private routes through nginx that caches",
            f"{_tally(statuses)}; {proxied} out of nginx's cache;"
            f" with the other's word: {', '.join(leaks) or 'none'}",
            "none of the other's, none out of nginx's cache",
            not leaks and not proxied and {200, 304, 429} <= set(statuses),
        ),
        Row("that nginx does keep what is public", f"a style sheet, the second time: {control}"),
        Row(
            f"bodies that {', '.join(UNKEYED)} change",
            ", ".join(sorted({name for each in changed for name in each})) or "none",
            "none",
            not any(changed),
        ),
    ]


def _somebody(word: str) -> Somebody:
    word = f"{word}{time.time_ns()}"
    user = person(full_name=word, email=f"{word}@example.org")
    signed_in = sessions.start(user=user, user_agent=word, how="password", at=timezone.now())
    key = ApiKeyFactory(user=user, name=word)
    session = user.sessions.latest("created_at") if hasattr(user, "sessions") else None
    return Somebody(word, user, key, signed_in.access, session.pk if session else user.pk)


@contextlib.contextmanager
def _nginx(ports: tuple[int, int]) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with TemporaryDirectory() as folder:
        configuration = Path(folder) / "nginx.conf"
        configuration.write_text(
            CONFIGURATION.format(folder=folder, one=ports[0], other=ports[1], port=port)
        )
        Path(folder).chmod(0o755)  # nginx's worker may be another user
        nginx = subprocess.Popen(
            ["nginx", "-e", f"{folder}/errors", "-c", str(configuration)],  # noqa: S607
        )
        try:
            _wait_for(port)
            yield port
        finally:
            nginx.send_signal(signal.SIGTERM)
            nginx.wait(10)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError("nginx does not answer")


@dataclass(frozen=True, slots=True)
class Reply:
    """What came through the proxy, headers and body as one text."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def holds(self, word: str) -> bool:
        return word.encode() in self.body or word in str(self.headers)


def _send(
    port: int,
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: Mapping[str, object] | None = None,
) -> Reply:
    proxy = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    with contextlib.closing(proxy):
        sent = {"Content-Type": "application/json", **headers}
        proxy.request(method, path, json.dumps(body) if body is not None else None, sent)
        response = proxy.getresponse()
        return Reply(
            response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()
        )


def _credentials(who: Somebody) -> list[dict[str, str]]:
    return [{"X-API-Key": who.key.text}, {"Authorization": f"Bearer {who.token}"}]


def _paths(who: Somebody) -> list[str]:
    """Fill each private route with this person's own objects."""
    there = Dataset.objects.order_by("accession").values_list("accession", flat=True)
    own = {"geo_id": there[0], "provider": "github", "key_id": who.key.pk}
    return [
        filled(route, **{name: own.get(name, who.session_id) for name in parameters(route)})
        for route in private()
    ]


def _crossed(port: int, owner: Somebody, reader: Somebody) -> tuple[list[str], Counter[int], int]:
    """Let the owner warm every route, then the reader ask for it in every way.

    Returns where the owner's word stood, the answers' statuses, how many the proxy kept.
    """
    answers: list[tuple[str, Reply]] = []
    for path in _paths(owner):
        kept = [_send(port, "GET", path, headers) for headers in _credentials(owner) * 2]
        etag = {"If-None-Match": kept[-1].headers.get("etag", '"none"')}
        for headers in _credentials(reader):
            for method, more in (("GET", {}), ("HEAD", {}), ("GET", etag), ("GET", UNKEYED)):
                answers.append((f"{method} {path}", _send(port, method, path, headers | more)))
        answers.append((f"nobody GET {path}", _send(port, "GET", path, {})))
    search = {"query": f"{owner.canary} cancer"}
    _send(port, "POST", SEARCH, _credentials(owner)[0], search)
    for headers in _credentials(reader) * 2:
        reply = _send(port, "POST", SEARCH, headers, {"query": "breast cancer"})
        answers.append((f"POST {SEARCH}", reply))
    answers += [("429", reply) for reply in _too_many(port)]
    leaks = [name for name, reply in answers if reply.holds(owner.canary)]
    statuses = Counter(reply.status for _, reply in answers)
    return leaks, statuses, sum(_is_kept(reply) for _, reply in answers)


def _tally(statuses: Counter[int]) -> str:
    return " + ".join(f"{many} × {status}" for status, many in sorted(statuses.items()))


def _too_many(port: int) -> list[Reply]:
    """Ask as nobody until it is too much."""
    replies = []
    for _ in range(40):
        body = {"email": "nobody@example.org", "password": "eight orange geese"}
        replies.append(_send(port, "POST", "/api/v2/auth/login", {}, body))
        if replies[-1].status == http.client.TOO_MANY_REQUESTS:
            break
    return replies


def _is_kept(reply: Reply) -> bool:
    return reply.headers.get("x-proxy-cache") in {"HIT", "REVALIDATED", "STALE"}


def _changed(port: int, who: Somebody) -> list[str]:
    """Return the paths where a header that no cache has in its key changes the body."""
    credential = _credentials(who)[1]
    found = []
    for path in _paths(who):
        for name, value in UNKEYED.items():
            usual, odd, again = (
                _send(port, "GET", path, credential | more) for more in ({}, {name: value}, {})
            )
            # What changes by itself (counts, the list of what was used) says nothing.
            is_steady = _lasting(usual) == _lasting(again)
            if usual.status != odd.status or (is_steady and _lasting(usual) != _lasting(odd)):
                found.append(f"{name} {path}")
    return found


def _lasting(reply: Reply) -> object:
    try:
        data = json.loads(reply.body)
    except ValueError:
        return reply.body
    return _without_times(data)


def _without_times(data: object) -> object:
    if isinstance(data, dict):
        return {k: _without_times(v) for k, v in data.items() if k not in OF_THE_REQUEST}
    return [_without_times(one) for one in data] if isinstance(data, list) else data
