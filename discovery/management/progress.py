"""A harvest's progress on the terminal."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from discovery.models import Harvest
from discovery.runner.harvesting import Tell


@contextmanager
def shown(what: str) -> Iterator[Tell]:
    """Show a bar while the block lasts; what it gives is told of each step."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed} of {task.total} series"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        bar = progress.add_task(what, total=None)

        def tell(harvest: Harvest) -> None:
            progress.update(bar, completed=harvest.position, total=harvest.goal)

        yield tell
