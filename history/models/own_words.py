"""Words with their asker before them, so that an index has a list for each word of each person.

A list of all who wrote a common word has hundreds of thousands of entries a month, nearly all of them
others'. What is found by own words is a little too much (phrases are read as words, what is to be left
out is left in): it narrows, and the question itself decides. docs/decisions/0030.
"""

import re
from typing import Any
from uuid import UUID

from django.contrib.postgres.search import SearchVectorField
from django.db import connection
from django.db.models import BooleanField, F, Func, Value

TEXT_SEARCH = "geo"  # as in the catalogue: English stems, and no word is left out
LONGEST = 500  # characters of a word: an index takes no long ones. As in the function
SIGNS = 8  # of an asker's id: two of the same only find each other's rows, which are left out then

# Without what is to be left out: empty or "T" if nothing else is asked.
ASKED = "select querytree(websearch_to_tsquery(%s::regconfig, %s))"
# A word as PostgreSQL writes it, quotes and backslashes doubled; or "side by side", or so far apart.
TOKEN = re.compile(r"'((?:[^'\\]|''|\\\\)*)'|<(?:-|\d+)>")


class OwnWords(Func):
    """The words of a row with its asker, as the index has them."""

    function = "history_own_words"
    output_field = SearchVectorField()

    def __init__(self) -> None:
        super().__init__(F("user"), F("words"))

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        return f"{self.__class__.__module__}.{self.__class__.__name__}", (), {}


class Says(Func):
    """Whether own words answer to a query."""

    template = "%(expressions)s::tsquery"
    arg_joiner = " @@ "
    output_field = BooleanField()

    def __init__(self, query: str) -> None:
        super().__init__(OwnWords(), Value(query))


def own_query(words: str, *, of: UUID | str) -> str | None:
    """Return a query of somebody's own words that finds at least what these words find.

    None if the words name nothing that could be looked up: that which is to be left out cannot.

    :param words: as people write to a search engine
    """
    with connection.cursor() as cursor:
        cursor.execute(ASKED, [TEXT_SEARCH, words])
        (asked,) = cursor.fetchone()
    if asked in {"", "T"}:
        return None
    sign = str(of)[-SIGNS:]
    return TOKEN.sub(lambda token: _own(token, sign), asked)


def _own(token: re.Match[str], sign: str) -> str:
    if token[1] is None:
        return "&"
    word = token[1].replace("''", "'").replace("\\\\", "\\")[:LONGEST]
    return "'" + sign + word.replace("\\", "\\\\").replace("'", "''") + "'"
