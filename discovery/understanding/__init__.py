"""Understand a researcher's plain question. Plain Python: no database, network or clock."""

from discovery.understanding.filters import Filters
from discovery.understanding.intent import accessions_in
from discovery.understanding.matching import Entity
from discovery.understanding.question import Understanding, understand
from discovery.understanding.topic import is_filler

__all__ = ["Entity", "Filters", "Understanding", "accessions_in", "is_filler", "understand"]
