"""The pytest side of the harness: a marker or a fixture that needs a part of the machine finds it, or says so."""

import os

import pytest

from realtime.memory import Clock
from tests.harness.capabilities import PROGRAMS, capability, program, required
from tests.harness.processes import CoturnServer, RedisServer, ServerProcess
from tests.harness.report import Report


def pytest_configure(config):
    """``manage.py test`` asks for the report at the end; workers of xdist have none of their own."""
    if os.environ.get("REALTIME_REPORT") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Report(), "realtime-report")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """With ``--dist loadfile``, what shares servers stays together and the longest begins first."""
    if config.getoption("dist") == "loadfile":
        from tests.harness.sharing import Sharing

        return Sharing(config, log)


def require(name):
    """Goes on where the machine has this capability. Else a visible skip, or a failure where it is required."""
    if capability(name):
        return
    if name in required():
        pytest.fail(f"{name} is required here and missing", pytrace=False)
    pytest.skip(f"{name} is missing on this machine")


def pytest_runtest_setup(item):
    """@pytest.mark.redis, node, coturn, browser and firefox say what a test needs."""
    for name in PROGRAMS:
        if item.get_closest_marker(name):
            require(name)


@pytest.fixture(scope="session")
def redis_server():
    """A running Redis of this test run's own; ``redis_server.url``."""
    require("redis")
    with RedisServer() as server:
        yield server


@pytest.fixture(scope="session")
def coturn_server():
    """A running coturn of this test run's own; ``coturn_server.urls`` and ``coturn_server.secret``."""
    require("coturn")
    with CoturnServer() as server:
        yield server


@pytest.fixture(scope="session")
def chromium_path():
    """The executable of a real Chromium, for playwright's ``executable_path``."""
    require("browser")
    return program("browser")


@pytest.fixture
async def clock():
    """The loop's time, in the test's hand."""
    clock = Clock()
    yield clock
    clock.restore()


@pytest.fixture
def serve():
    """Starts servers that end with the test: ``serve("tests.some:application", server="uvicorn")``."""
    running = []

    def start(application, **options):
        running.append(ServerProcess(application, **options))
        return running[-1].start()

    yield start
    for server in reversed(running):
        server.__exit__()
