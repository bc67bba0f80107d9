"""GitHub and Google on loopback: they check what the real ones check, and misbehave on request."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt

CLIENT_ID, CLIENT_SECRET = "our-client", "our-secret"


@dataclass
class Person:
    """Somebody with an account at the provider."""

    uid: str = "583231"
    email: str = "ada@example.org"
    verified: bool = True
    name: str = "Ada Lovelace"


@dataclass
class Grant:
    """What one code was given out for."""

    person: Person
    redirect_uri: str
    challenge: str


@dataclass
class Provider:
    """Both providers: `person` signs in next; `said` overrides what the server answers by path."""

    url: str = ""
    person: Person = field(default_factory=Person)
    grants: dict[str, Grant] = field(default_factory=dict)
    tokens: dict[str, Person] = field(default_factory=dict)
    said: dict[str, tuple[int, str, bytes]] = field(default_factory=dict)
    slow: float = 0
    claims: dict[str, Any] = field(default_factory=dict)  # override those of Google's id_token
    asked: list[str] = field(default_factory=list)

    def grant(self, *, redirect_uri: str, verifier: str) -> str:
        """Let the person agree, as they would on the provider's page; return the code."""
        return self._grant(redirect_uri, challenge_of(verifier))

    def authorize(self, query: dict[str, str]) -> str:
        """Return where the provider's page leads once the person has agreed."""
        assert query["client_id"] == CLIENT_ID
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        code = self._grant(query["redirect_uri"], query["code_challenge"])
        back = {"code": code, "state": query["state"]}
        return f"{query['redirect_uri']}?{urlencode(back)}"

    def exchange(self, form: dict[str, str]) -> dict[str, Any] | None:
        """Return tokens for a code, once; nothing if anything does not fit."""
        grant = self.grants.pop(form.get("code", ""), None)
        known = (form.get("client_id"), form.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)
        if grant is None or not known or form.get("redirect_uri") != grant.redirect_uri:
            return None
        if challenge_of(form.get("code_verifier", "")) != grant.challenge:
            return None
        token = secrets.token_urlsafe()
        self.tokens[token] = grant.person
        return {
            "access_token": token,
            "token_type": "bearer",
            "expires_in": 3600,
            "id_token": self._id_token(grant.person),
        }

    def _grant(self, redirect_uri: str, challenge: str) -> str:
        code = secrets.token_urlsafe()
        self.grants[code] = Grant(self.person, redirect_uri, challenge)
        return code

    def _id_token(self, person: Person) -> str:
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": CLIENT_ID,
            "sub": person.uid,
            "iat": now,
            "exp": now + 60,
            "email": person.email,
            "email_verified": person.verified,
            "name": person.name,
        }
        return jwt.encode(claims | self.claims, "k" * 32, headers={"kid": "1"})


def challenge_of(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class _Handler(BaseHTTPRequestHandler):
    """Google's paths, and GitHub's below /github."""

    provider: Provider

    def do_GET(self) -> None:
        path, person = urlsplit(self.path).path, self._person()
        if person is None:
            self._answer(path, 401, {"message": "Bad credentials"})
        elif path.endswith("/user/emails"):
            one = {"email": person.email, "primary": True, "verified": person.verified}
            self._answer(path, 200, [one])
        else:
            public = {"id": int(person.uid), "login": "ada", "name": person.name}
            self._answer(path, 200, public | {"email": person.email})

    def do_POST(self) -> None:
        path = urlsplit(self.path).path
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        tokens = self.provider.exchange(form)
        is_github = path.startswith("/github")
        if tokens is None:  # GitHub refuses with 200
            self._answer(path, 200 if is_github else 400, {"error": "bad_verification_code"})
        else:
            left_out = {"id_token"} if is_github else set()
            self._answer(
                path, 200, {key: one for key, one in tokens.items() if key not in left_out}
            )

    def _person(self) -> Person | None:
        token = self.headers.get("Authorization", "").partition(" ")[2]
        return self.provider.tokens.get(token)

    def _answer(self, path: str, status: int, body: object) -> None:
        self.provider.asked.append(path)
        time.sleep(self.provider.slow)
        kind, content = "application/json", json.dumps(body).encode()
        status, kind, content = self.provider.said.get(path, (status, kind, content))
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's)
        """Say nothing."""


@contextmanager
def serve() -> Iterator[Provider]:
    """Run the providers on a free port while the block lasts."""
    provider = Provider()
    handler = type("Handler", (_Handler,), {"provider": provider})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    provider.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
