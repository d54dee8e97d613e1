"""``manage.py test``: what its exit status says when tests fail."""

import os
import tempfile
from pathlib import Path

import pytest

from tests.harness.processes import ROOT
from voiceroom.management.commands.test import UNSTEADY, everything

STEADY = "def test_good(): pass\n"
BAD = "def test_bad(): assert False\n"
UNSURE = """
import pathlib
def test_{n}():
    mark = pathlib.Path(__file__).with_name("{n}")
    assert mark.exists() or mark.touch()
"""


@pytest.fixture
def status(capfd):
    """The exit status over runs of files with these texts, and what was printed."""
    environment = {**os.environ, "PYTEST_ADDOPTS": "-p no:cacheprovider", "REALTIME_REQUIRE": "", "CI": ""}
    (ROOT / ".cache").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(
        dir=ROOT / ".cache"
    ) as folder:  # inside: the tests' settings and plugins are there

        def of(*texts):
            files = [Path(folder) / f"test_file_{at}.py" for at, _ in enumerate(texts)]
            for file, text in zip(files, texts, strict=True):
                file.write_text(text)
            return everything([[str(file)] for file in files], environment), capfd.readouterr().out

        yield of


def test_a_test_that_passes_when_it_is_alone_is_named_and_does_not_fail_the_run(status):
    code, said = status(STEADY + UNSURE.format(n="late"), STEADY)
    assert code == 0
    assert said.splitlines()[-2] == "UNSTEADY, failed and then passed:"
    assert said.splitlines()[-1].endswith("test_file_0.py::test_late")


def test_a_test_that_fails_twice_fails_the_run(status):
    code, said = status(STEADY, UNSURE.format(n="late") + BAD)
    assert code == 1
    assert "FAILED TWICE, or some of:" in said and "UNSTEADY" not in said


def test_many_that_fail_are_no_accident(status):
    code, said = status("".join(UNSURE.format(n=f"late{n}") for n in range(UNSTEADY + 1)))
    assert code == 1 and "once more" not in said


def test_a_file_that_cannot_be_read_fails_the_run(status):
    code, said = status(STEADY, "import no_such_module\n")
    assert code == 2 and "once more" not in said


def test_nothing_is_run_twice_where_all_is_well(status):
    code, said = status(STEADY, STEADY)
    assert code == 0 and "once more" not in said and said.count("1 passed") == 2
