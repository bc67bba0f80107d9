"""Questions that anybody may look at the answers to, so that a first look needs no account."""

import orjson
from django.utils import timezone

from discovery.rendered import Asked, search_answer
from discovery.serializers import SearchSerializer

EXAMPLES = (
    "breast cancer RNA-seq in human, more than 20 samples",
    "Alzheimer hippocampus, at least 30 samples",
    "mouse liver after a high-fat diet",
    "COVID-19 blood single-cell RNA-seq",
    "CD8+ T cell exhaustion in melanoma, not cell lines",
    "type 2 diabetes pancreatic islets",
)
SHOWN = 10


def answer_to(question: str) -> dict[str, object] | None:
    """Return the answer to one of the examples, in the API's form; None to all else."""
    if question not in EXAMPLES:
        return None
    body = SearchSerializer(data={"query": question, "max_results": SHOWN})
    body.is_valid(raise_exception=True)
    answer = search_answer(
        Asked.from_body(body.validated_data), at=timezone.now().date(), viewer=""
    )
    data: dict[str, object] = orjson.loads(answer.body or b"{}")
    return data | {"cached": answer.is_cached}
