"""Fixtures for every test: the parts of the machine that tests may need, each one real."""

pytest_plugins = ["tests.harness.fixtures"]
