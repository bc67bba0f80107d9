"""Jobs that are sent as files: a question a line, a column of a table, or a form with a file."""

import csv
import io
from collections.abc import Mapping
from typing import IO, Any

from django.http import QueryDict
from rest_framework.exceptions import ParseError, UnsupportedMediaType, ValidationError
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.utils.mediatypes import _MediaType

from common.parsers import read_object

COLUMNS = ("query", "question", "queries", "questions")  # what the column may be called
OF_THE_URL = ("workflow_type", "webhook_url")
OBJECTS = ("parameters", "metadata")  # JSON inside of a form
LONGEST_CELL = 10_000  # characters; a question's own limit is told by its field


class LinesParser(BaseParser):
    """Read a question a line, blank lines left out. The other fields are query parameters."""

    media_type = "text/plain"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        return _of_url(parser_context) | {"queries": self.questions(_text(stream, media_type))}

    def questions(self, text: str) -> list[str]:
        return questions_of_lines(text)


class TableParser(LinesParser):
    """Read the column `query` (or `question`) of a CSV file; without such a heading, the first."""

    media_type = "text/csv"

    def questions(self, text: str) -> list[str]:
        return questions_of_table(text)


class FormParser(MultiPartParser):
    """Read a form: `file`, a text or CSV file of questions, and the other fields as text."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        form = super().parse(stream, media_type, parser_context)
        fields: QueryDict = form.data
        given: dict[str, Any] = {name: fields[name] for name in fields}
        for name in OBJECTS:
            if name in given:
                given[name] = _object(name, given[name])
        file = form.files.get("file")
        if file is not None:
            text = _decoded(file.read())
            is_table = file.name.lower().endswith(".csv") or file.content_type == "text/csv"
            given["queries"] = questions_of_table(text) if is_table else questions_of_lines(text)
        elif "queries" in given:
            given["queries"] = fields.getlist("queries")
        return given


def questions_of_lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


def questions_of_table(text: str) -> list[str]:
    """Return the questions of a CSV file.

    :raises ParseError: if it is none
    """
    csv.field_size_limit(LONGEST_CELL)
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if any(row)]
    except csv.Error as error:
        raise ParseError(f"The body is not CSV: {error}.") from error
    if not rows:
        return []
    names = [cell.strip().lower() for cell in rows[0]]
    column = next((names.index(name) for name in COLUMNS if name in names), None)
    begin, place = (0, 0) if column is None else (1, column)
    cells = (row[place] if place < len(row) else "" for row in rows[begin:])
    return [cell for cell in cells if cell.strip()]


def _of_url(context: Mapping[str, Any] | None) -> dict[str, Any]:
    params = context["request"].query_params if context else {}
    return {name: params[name] for name in OF_THE_URL if name in params}


def _text(stream: IO[Any], media_type: str | None) -> str:
    charset = _MediaType(media_type or "").params.get("charset", "utf-8")
    if charset.strip("\"'").lower() not in {"utf-8", "utf8"}:
        raise UnsupportedMediaType(media_type or "")
    return _decoded(stream.read())


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ParseError(f"The questions are not UTF-8 at byte {error.start}.") from error


def _object(name: str, text: str) -> dict[str, Any]:
    try:
        return read_object(text.encode())
    except (ParseError, UnicodeEncodeError) as error:
        raise ValidationError({name: ["This must be one JSON object."]}) from error
