"""What was asked before."""

from collections.abc import Iterator
from datetime import datetime

from omicsoracle_client.answers import Question
from omicsoracle_client.resources.shapes import given, plain
from omicsoracle_client.transport import Transport

PATH = "history/queries"


class History:
    """The caller's questions."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(
        self,
        *,
        words: str | None = None,
        agent_type: str | None = None,
        after: datetime | None = None,
        before: datetime | None = None,
    ) -> Iterator[Question]:
        """Yield the questions, the newest first."""
        asked = plain(given(q=words, agent_type=agent_type, after=after, before=before))
        return self._transport.pages(Question, PATH, **asked)

    def get(self, question_id: str) -> Question:
        """Return a question with what came back."""
        return self._transport.read(Question, "GET", f"{PATH}/{question_id}")

    def delete(self, question_id: str) -> None:
        self._transport.json("DELETE", f"{PATH}/{question_id}")
