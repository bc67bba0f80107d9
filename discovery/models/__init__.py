"""What is known of GEO (catalogue) and what search derives from it (index)."""

from discovery.models.catalogue import Dataset, Platform, Sample
from discovery.models.index import Lexeme, SearchDocument, SearchDocumentQuerySet

__all__ = [
    "Dataset",
    "Lexeme",
    "Platform",
    "Sample",
    "SearchDocument",
    "SearchDocumentQuerySet",
]
