"""Signing in and out, and who one is."""

from omicsoracle_client.answers import SignedIn, User
from omicsoracle_client.credentials import REFRESH, Session
from omicsoracle_client.transport import Transport


class Auth:
    """The session of this client."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def login(self, email: str, password: str) -> SignedIn:
        """Begin a session, and send all that follows in its name; its token renews itself."""
        self._transport.auth = None
        body = {"email": email, "password": password}
        signed_in = self._transport.read(SignedIn, "POST", "auth/login", json=body)
        self._transport.auth = Session(
            self._transport.url + REFRESH, signed_in.access, signed_in.refresh
        )
        return signed_in

    def logout(self) -> None:
        """End the session: its tokens are good for nothing from now on."""
        self._transport.json("POST", "auth/logout", json={})
        self._transport.auth = None

    def me(self) -> User:
        return self._transport.read(User, "GET", "auth/me")
