"""What is known of GEO (catalogue), how it came here (harvest), what search derives from it (index).

And the ontologies, which say what names mean, and the workflows that somebody had run.
"""

from discovery.models.catalogue import CrossReference, Dataset, Origin, Platform, Sample
from discovery.models.harvest import Harvest
from discovery.models.index import VERSION, Lexeme, SearchDocument, SearchDocumentQuerySet
from discovery.models.ontology import OntologyRelease, OntologyTerm, OntologyWord, TermName
from discovery.models.workflow import Workflow, WorkflowStatus

__all__ = [
    "VERSION",
    "CrossReference",
    "Dataset",
    "Harvest",
    "Lexeme",
    "OntologyRelease",
    "OntologyTerm",
    "OntologyWord",
    "Origin",
    "Platform",
    "Sample",
    "SearchDocument",
    "SearchDocumentQuerySet",
    "TermName",
    "Workflow",
    "WorkflowStatus",
]
