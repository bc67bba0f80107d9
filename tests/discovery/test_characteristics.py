import pytest

from discovery.characteristics import columns


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["tissue: liver", "age: 7"], {"tissue": "liver", "age": "7"}),
        (["Tissue :  left  lung ", "tissue: left lung"], {"tissue": "left lung"}),
        (["drug: a", "drug: b"], {"drug": "a; b"}),
        (["time: 12:30"], {"time": "12:30"}),
        (["wild type", "male"], {"characteristics": "wild type; male"}),
        (["http://example.org/1"], {"characteristics": "http://example.org/1"}),
        ([": liver"], {"characteristics": ": liver"}),
        (["tissue:"], {}),
        (["x" * 81 + ": 1"], {"characteristics": "x" * 81 + ": 1"}),
        ([], {}),
    ],
)
def test_characteristics_become_columns(lines: list[str], expected: dict[str, str]) -> None:
    assert columns(lines) == expected


def test_columns_stand_in_the_order_of_the_lines() -> None:
    assert list(columns(["b: 1", "a: 2", "b: 3"])) == ["b", "a"]
