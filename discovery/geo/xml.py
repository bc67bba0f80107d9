"""XML from outside, piece by piece: no entity of its own is taken, nothing is ever fetched.

The DOCTYPE of E-utilities is harmless and passes. (Python's expat may be older than its protection
against one endless tag, so a tag or comment has a longest length here.)
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from discovery.geo.records import Unreadable
from discovery.geo.text import Source

LONGEST_TAG = 2**20
DEEPEST = 64
MAX_NODES = 300_000  # of one element that is kept
MAX_KEPT = 200_000  # elements
MAX_CHARACTERS = 256 * 2**20  # of all of them


@dataclass(slots=True)
class Node:
    """An element: its name, its attributes, and its text and children in their order."""

    name: str
    attributes: dict[str, str]
    content: list["str | Node"] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(one for one in self.content if isinstance(one, str)).strip()

    @property
    def children(self) -> list["Node"]:
        return [one for one in self.content if isinstance(one, Node)]

    @property
    def whole_text(self) -> str:
        """The text with that of all children, as in a title with <i>italics</i>."""
        pieces, waiting = [], list(reversed(self.content))
        while waiting:
            one = waiting.pop()
            if isinstance(one, str):
                pieces.append(one)
            else:
                waiting.extend(reversed(one.content))
        return "".join(pieces).strip()

    def walk(self) -> Iterator["Node"]:
        """Yield the element and all below it."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.children))

    def all(self, name: str) -> Iterator["Node"]:
        return (node for node in self.children if node.name == name)

    def first(self, *path: str) -> "Node | None":
        node: Node | None = self
        for name in path:
            node = next(node.all(name), None) if node else None
        return node

    def said(self, *path: str) -> str | None:
        """Return the text at the end of a path, None if there is none."""
        node = self.first(*path)
        return (node.text or None) if node else None


class Elements:
    """The elements with certain names, each whole; the rest goes by and is not kept."""

    def __init__(self, source: Source, *, wanted: frozenset[str], skipped: frozenset[str]) -> None:
        self._source, self._wanted, self._skipped = source, wanted, skipped
        self._open: list[Node] = []
        self._path: list[str] = []
        self._done: list[Node] = []
        self._unwanted_at: int | None = None
        self._nodes = self._characters = self._kept = 0

    def __iter__(self) -> Iterator[Node]:
        """Yield them in the order in which they end.

        :raises Unreadable: if it is not well-formed, defines entities, or is beyond all measure
        """
        parser = self._parser()
        fed = 0
        for chunk in self._source.chunks():
            fed += len(chunk)
            self._feed(parser, chunk, last=False)
            if fed - max(parser.CurrentByteIndex, 0) > LONGEST_TAG + len(chunk):
                raise Unreadable(f"A tag or comment is longer than {LONGEST_TAG:,} bytes.")
            yield from self._take()
        self._feed(parser, b"", last=True)
        yield from self._take()

    def _parser(self) -> expat.XMLParserType:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.EntityDeclHandler = _refuse_entity
        parser.UnparsedEntityDeclHandler = _refuse_entity
        parser.SkippedEntityHandler = _refuse_entity
        return parser

    @staticmethod
    def _feed(parser: expat.XMLParserType, chunk: bytes, *, last: bool) -> None:
        try:
            parser.Parse(chunk, last)
        except Unreadable:
            raise
        except (expat.ExpatError, LookupError, ValueError) as error:
            raise Unreadable(f"This is not well-formed XML: {error}.") from error

    def _take(self) -> list[Node]:
        done, self._done = self._done, []
        self._kept += len(done)
        if self._kept > MAX_KEPT:
            raise Unreadable(f"The XML holds more than {MAX_KEPT:,} records.")
        if not self._open:
            self._nodes = 0
        return done

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._path.append(name)
        if len(self._path) > DEEPEST:
            raise Unreadable(f"The XML is nested deeper than {DEEPEST} levels.")
        if self._unwanted_at is not None:
            return
        if name in self._skipped:
            self._unwanted_at = len(self._path)
        elif self._open or name in self._wanted:
            self._nodes += 1
            if self._nodes > MAX_NODES:
                raise Unreadable(f"One XML element holds more than {MAX_NODES:,} others.")
            node = Node(name, attributes)
            if self._open:
                self._open[-1].content.append(node)
            self._open.append(node)

    def _end(self, name: str) -> None:
        if self._unwanted_at == len(self._path):
            self._unwanted_at = None
        elif self._unwanted_at is None and self._open:
            node = self._open.pop()
            if not self._open:
                self._done.append(node)
        self._path.pop()

    def _text(self, text: str) -> None:
        if self._open and self._unwanted_at is None:
            self._characters += len(text)
            if self._characters > MAX_CHARACTERS:
                raise Unreadable(f"The XML holds more than {MAX_CHARACTERS:,} characters.")
            self._open[-1].content.append(text)


def _refuse_entity(*_: object) -> None:
    raise Unreadable("The XML defines or uses entities of its own; that is never needed here.")
