"""A wrong payload, and a wrong auth, as clients of both generations hear of them."""

import json

import pytest

from tests.clients.fixtures import environment_of
from tests.clients.test_schema import refusal
from tests.harness import ServerProcess
from tests.harness.node import node

pytestmark = pytest.mark.node


@pytest.fixture(scope="module")
def typed_server(client_database):
    with ServerProcess("tests.clients.typed_app:application", env=environment_of(client_database)) as server:
        yield server


@pytest.mark.parametrize("version", ["2", "3", "4"])
def test_the_client_hears_which_argument_was_wrong(typed_server, version):
    said = json.loads(node("tests/clients/js/typed.js", version, typed_server.url))
    assert said == {
        "answers": [
            refusal("numbers[1]", "Expected `int`, got `str`"),
            "total: 3",
            refusal("post.title", "Expected `str`, got `int`"),
        ],
        "refusal": {"code": "bad_arguments", "field": "auth.token"},
    }
