"""Lines of a file that nobody has vouched for: plain or gzip, in whatever encoding."""

import gzip
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from discovery.geo.records import Unreadable

GZIP = b"\x1f\x8b"
LONGEST_LINE = 16 * 2**20  # a line of a series matrix holds a value of every sample
MAX_UNPACKED = 8 * 2**30
CHUNK = 64 * 2**10


class Source:
    """A file that can be read once, gunzipped if it is gzip; its start is known before.

    :raises Unreadable: if it is not whole gzip, or unpacks to too much
    """

    def __init__(self, file: BinaryIO) -> None:
        is_gzip = file.read(len(GZIP)) == GZIP
        file.seek(0)
        self._file = gzip.GzipFile(fileobj=file) if is_gzip else file
        self.start = self._read()

    def chunks(self) -> Iterator[bytes]:
        """Yield the file piece by piece."""
        chunk, size = self.start, 0
        while chunk:
            size += len(chunk)
            if size > MAX_UNPACKED:
                raise Unreadable(f"The file unpacks to more than {MAX_UNPACKED:,} bytes.")
            yield chunk
            chunk = self._read()

    def _read(self) -> bytes:
        try:
            return self._file.read(CHUNK)
        except (OSError, EOFError, zlib.error) as error:
            raise Unreadable(f"The gzip file is damaged or not whole: {error}") from error


class Lines:
    """The lines of a text file without their ends; `encoding` is true of what was read so far."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.encoding = "utf-8"

    def __iter__(self) -> Iterator[str]:
        for number, line in enumerate(self._raw()):
            if number == 0 and line.startswith((b"\xff\xfe", b"\xfe\xff")):
                raise Unreadable("The text is in UTF-16; GEO's files are in UTF-8.")
            yield self._decoded(line).rstrip("\r\n")

    def _raw(self) -> Iterator[bytes]:
        rest = bytearray()
        for chunk in self._source.chunks():
            head, end, tail = chunk.rpartition(b"\n")
            if end:
                yield from bytes(rest + head).split(b"\n")
                rest = bytearray(tail)
            else:
                rest += chunk
            if len(rest) > LONGEST_LINE:
                raise Unreadable(f"A line is longer than {LONGEST_LINE:,} bytes.")
        if rest:
            yield bytes(rest)

    def _decoded(self, line: bytes) -> str:
        try:
            return line.decode()
        except UnicodeDecodeError:
            self.encoding = "latin-1"  # any bytes are latin-1: a guess, so it is told
            return line.decode("latin-1")
