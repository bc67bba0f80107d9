"""What was backed up comes back, to the chosen second; what is damaged is not taken for whole."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import pytest

from deploy.backup import verifying
from tests.faults import drill
from tests.faults.drill import Contents, Scene

MADE = """
create table numbers (id bigserial primary key, words text not null);
create index on numbers (words);
insert into numbers (words) select md5(g::text) from generate_series(1, 2000) g;
"""


@dataclass
class Drilled:
    scene: Scene
    before: Contents
    moment: datetime


@pytest.fixture(scope="module")
def drilled() -> Iterator[Drilled]:
    """Back up in two steps, remember a second, then have an accident."""
    with drill.scene(archive_timeout=0) as made:
        ask = made.server.ask
        ask(MADE)
        made.back_up(is_full=True)
        ask("update numbers set words = words || 'x' where mod(id, 10) = 0")
        made.back_up(is_full=False)
        ask("insert into numbers (words) values ('the last one')")
        before = drill.contents_of(made.server)
        moment = drill.settle()
        ask("delete from numbers")
        ask("select pg_switch_wal()")
        made.server.stop()  # which archives what is left
        yield Drilled(made, before, moment)


def test_it_comes_back_to_the_chosen_second(drilled: Drilled) -> None:
    done = drilled.scene.restore(drilled.scene.repository, to=drilled.moment)

    after = drill.contents_of(drilled.scene.restored[-1])
    assert len(done.backups) == 2
    assert drill.differences(drilled.before, after) == []


def test_a_byte_that_changed_is_noticed(drilled: Drilled) -> None:
    spoilt = drilled.scene.copy("byte")
    drill.flip_a_byte(spoilt)

    assert "damaged" in drill.refusal(lambda: verifying.verify(spoilt))
    assert "damaged" in drill.refusal(lambda: drilled.scene.restore(spoilt, to=drilled.moment))


def test_a_segment_that_is_missing_is_noticed(drilled: Drilled) -> None:
    spoilt = drilled.scene.copy("segment")
    lost = drill.lose_a_segment(spoilt)

    assert lost in drill.refusal(lambda: verifying.verify(spoilt))
    assert lost in drill.refusal(lambda: drilled.scene.restore(spoilt))


def test_all_that_is_whole_is_found_whole(drilled: Drilled) -> None:
    found = verifying.verify(drilled.scene.repository)
    assert (found.backups, found.log_files > 3) == (2, True)
