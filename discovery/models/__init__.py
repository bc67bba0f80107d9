"""What is known of GEO (catalogue) and what search derives from it (index)."""

from discovery.models.catalogue import Dataset, Platform, Sample
from discovery.models.index import VERSION, Lexeme, SearchDocument, SearchDocumentQuerySet

__all__ = [
    "VERSION",
    "Dataset",
    "Lexeme",
    "Platform",
    "Sample",
    "SearchDocument",
    "SearchDocumentQuerySet",
]
