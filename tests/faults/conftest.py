"""The figures of the fault tests, printed when all are done: ``FAULTS=full manage.py test -- tests/faults``."""

import pytest

figures = []


@pytest.fixture
def figure():
    """``figure("kill -9", lost=0, ...)``: one row of the table at the end of the run."""
    return lambda title, **values: figures.append((title, values))


def pytest_terminal_summary(terminalreporter):
    if figures:
        terminalreporter.section("faults: what was seen")
    for title, values in figures:
        terminalreporter.line(
            f"{title}: " + ", ".join(f"{name.replace('_', ' ')} {said(value)}" for name, value in values.items())
        )


def said(value):
    return f"{value:.2f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
