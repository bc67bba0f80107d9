"""What is known of GEO (catalogue), how it came here (harvest), what search derives from it (index)."""

from discovery.models.catalogue import CrossReference, Dataset, Origin, Platform, Sample
from discovery.models.harvest import Harvest
from discovery.models.index import VERSION, Lexeme, SearchDocument, SearchDocumentQuerySet

__all__ = [
    "VERSION",
    "CrossReference",
    "Dataset",
    "Harvest",
    "Lexeme",
    "Origin",
    "Platform",
    "Sample",
    "SearchDocument",
    "SearchDocumentQuerySet",
]
