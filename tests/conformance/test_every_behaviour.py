"""Nothing of behaviours.py is left out: each line has a test, or a row in DEVIATIONS.md."""

import ast
import re
from pathlib import Path

from tests.conformance.behaviours import BEHAVIOURS

HERE = Path(__file__).parent


def ids_of(name):
    """test_a3_a4_unknown -> {A3, A4}."""
    ids = set()
    for word in name.removeprefix("test_").split("_"):
        if not re.fullmatch(r"[a-jwx]t?\d+", word):
            break
        ids.add(word.upper())
    return ids


def covered():
    ids = set()
    for file in HERE.glob("test_*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.AsyncFunctionDef) and node.name.startswith("test_"):
                ids |= ids_of(node.name)
    return ids


def deviating():
    return set(re.findall(r"^\| ([A-Z]T?\d+) \|", (HERE / "DEVIATIONS.md").read_text(), re.MULTILINE))


def test_every_behaviour_has_a_test_or_a_reason():
    assert set(BEHAVIOURS) - covered() - deviating() == set()


def test_no_test_or_row_speaks_of_a_behaviour_that_is_not_listed():
    assert (covered() | deviating()) - set(BEHAVIOURS) == set()
