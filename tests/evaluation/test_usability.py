from datetime import date

import pytest

from discovery.quality import WEIGHTS, Described
from tests.discovery.test_quality import WELL
from tests.evaluation.usability import Case, auc, fitted, of_dimension, with_weights

AT = date(2026, 6, 1)


def case(accession: str = "GSE1", *, is_usable: bool = True, series: Described = WELL) -> Case:
    return Case(accession, series, is_usable)


@pytest.mark.parametrize(
    ("usable", "scores", "expected"),
    [
        ("yn", [0.9, 0.1], 1.0),
        ("yn", [0.1, 0.9], 0.0),
        ("yn", [0.5, 0.5], 0.5),
        ("yynn", [0.9, 0.2, 0.3, 0.1], 0.75),
        ("yny", [0.9, 0.1, None], 1.0),
        ("yy", [0.9, 0.1], None),
        ("", [], None),
    ],
)
def test_the_auc_is_the_share_of_pairs_in_the_right_order(
    usable: str, scores: list[float | None], expected: float | None
) -> None:
    assert auc([case(is_usable=one == "y") for one in usable], scores) == expected


def test_a_series_is_in_one_half_whatever_it_was_judged_for() -> None:
    halves = [case(f"GSE{n}").is_for_fitting for n in range(200)]

    assert case("GSE7").is_for_fitting == case("GSE7", is_usable=False).is_for_fitting
    assert 60 < sum(halves) < 140


def test_weights_go_to_what_tells_the_cases_apart() -> None:
    def worth(weights: object) -> float:
        return weights["age"]  # type: ignore[index,no-any-return]

    best = fitted([], worth=worth)

    assert best["age"] == pytest.approx(1 - 0.05 * (len(WEIGHTS) - 1))
    assert sum(best.values()) == pytest.approx(1)
    assert min(best.values()) == pytest.approx(0.05)


def test_weights_that_are_best_stay() -> None:
    assert fitted([], worth=lambda _: 1.0) == WEIGHTS


def test_cases_without_both_kinds_are_worth_chance() -> None:
    assert with_weights([case()], WEIGHTS, at=AT) == 0.5
    assert of_dimension([case()], "age", at=AT) == (1, None)
