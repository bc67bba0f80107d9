"""docs/metrics.md, made of what there is to be told."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django_prometheus.db import metrics as statements
from prometheus_client.metrics import MetricWrapperBase

from monitoring import metrics
from monitoring.exposition import Collected

HEAD = "| metric | type | labels | meaning |\n| --- | --- | --- | --- |\n"
BEGIN, END = "<!-- from the registry: begin -->\n", "<!-- from the registry: end -->\n"


@dataclass(frozen=True, order=True, slots=True)
class Told:
    """One metric."""

    name: str
    type: str
    labels: tuple[str, ...]
    says: str

    def row(self) -> str:
        labels = ", ".join(f"`{label}`" for label in self.labels)
        return f"| `{self.name}` | {self.type} | {labels} | {self.says} |\n"


def counted() -> Iterator[Told]:
    """What processes count themselves, django-prometheus in them."""
    for module in (metrics, statements):
        for one in vars(module).values():
            if isinstance(one, MetricWrapperBase):
                yield _told(next(iter(one.collect())), one._labelnames)


def collected() -> Iterator[Told]:
    """What is read when Prometheus asks."""
    for family in Collected().collect():
        yield _told(family, getattr(family, "_labelnames", ()))


def tables() -> str:
    parts = {"Counted by processes": counted(), "Read when Prometheus asks": collected()}
    return "\n".join(
        f"## {title}\n\n{HEAD}" + "".join(one.row() for one in sorted(set(told)))
        for title, told in parts.items()
    )


def page(present: str) -> str:
    """Return the page with its tables as they should be."""
    before, _, rest = present.partition(BEGIN)
    return before + BEGIN + tables() + END + rest.partition(END)[2]


def _told(family: Any, labels: Any) -> Told:
    name = f"{family.name}_total" if family.type == "counter" else family.name
    return Told(name, family.type, tuple(labels), family.documentation)
