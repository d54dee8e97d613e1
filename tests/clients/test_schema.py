"""What ``socketio_schema`` writes: held against AsyncAPI's own schema, compiled by tsc, and true on the wire."""

import io
import json
import subprocess

import jsonschema
import pytest
from django.core.management import CommandError, call_command

from realtime.schema import project
from tests.clients.fixtures import environment_of
from tests.harness import ServerProcess
from tests.harness.node import PACKAGES, node_command, node_environment
from tests.harness.processes import ROOT

SOURCES = ROOT / "tests/clients/ts"
FLAGS = "--strict --target es2022 --module node16 --moduleResolution node16 --skipLibCheck".split()


@pytest.fixture(autouse=True)
def application(settings):
    settings.ASGI_APPLICATION = "tests.clients.typed_app.application"


def schema(form):
    text = io.StringIO()
    call_command("socketio_schema", format=form, stdout=text)
    return text.getvalue()


@pytest.fixture
def document():
    return json.loads(schema("asyncapi"))


# -- AsyncAPI -------------------------------------------------------------------------------------------------


@pytest.mark.node
@pytest.mark.parametrize("version", ["3.0.0", "3.1.0"])
def test_the_document_is_asyncapi(document, version):
    official = json.loads((PACKAGES / f"@asyncapi/specs/schemas/{version}-without-$id.json").read_text())
    jsonschema.Draft7Validator(official).validate(document | {"asyncapi": version})


def test_each_route_is_a_channel(document):
    assert {name: channel["address"] for name, channel in document["channels"].items()} == {
        "main": "/",
        "board": "/board",
        "rooms": "/rooms/",
        "rooms_room": "/rooms/{room}",
        "dynamic-_number": "/dynamic-{number}",
    }
    assert document["channels"]["rooms_room"]["parameters"] == {"room": {}}
    assert document["channels"]["board"]["description"] == "A board that everybody draws on."


def test_every_reference_leads_somewhere(document):
    def references(value):
        if isinstance(value, dict):
            yield from [value["$ref"]] if "$ref" in value else []
            value = value.values()
        for each in value if not isinstance(value, str | int | bool | None) else ():
            yield from references(each)

    found = set(references(document))
    assert "#/components/schemas/Post" in found and "#/components/schemas/Signup" in found
    for reference in found:
        target = document
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]


def test_a_message_says_its_arguments_and_its_ack(document):
    message = document["channels"]["board"]["messages"]["receive.post"]
    assert message["name"] == "post" and message["description"] == "Save a post, and show it."
    resolved = {"components": document["components"]}
    payload = jsonschema.Draft7Validator({**message["payload"], **resolved})
    good = {"title": "t", "author": {"name": "a"}}
    assert payload.is_valid([good]) and payload.is_valid([good, "friends"])
    for wrong in ([], [{}], [good, "enemies"], [good, "all", 1], [{**good, "author": {"name": 7}}], "x"):
        assert not payload.is_valid(wrong), wrong
    ack = jsonschema.Draft7Validator({**message["x-ack"], **resolved})
    assert ack.is_valid([{"id": 1, "at": "2026-01-01T00:00:00Z"}])
    assert ack.is_valid([{"error": {"code": "bad_arguments", "message": "m", "data": {"field": "post"}}}])
    assert not ack.is_valid([]) and not ack.is_valid([1])


def test_arguments_without_end_and_none_at_all(document):
    messages = {each["name"]: each for each in document["channels"]["board"]["messages"].values()}
    rest = jsonschema.Draft7Validator(messages["sum"]["payload"])
    assert rest.is_valid(["a"]) and rest.is_valid(["a", 1, 2]) and not rest.is_valid(["a", "b"])
    none = jsonschema.Draft7Validator(messages["bye */ *"]["payload"])
    assert none.is_valid([]) and not none.is_valid([1])


def test_permissions_and_once_hide_no_arguments(document):
    messages = document["channels"]["board"]["messages"]
    assert messages["receive.admin"]["payload"]["items"] == [{"type": "integer"}]
    assert messages["receive.hello"]["payload"]["minItems"] == 0
    assert messages["receive.hello"]["payload"]["items"] == [{"anyOf": [{"type": "string"}, {"type": "null"}]}]


def test_a_subclass_says_what_its_base_says_too(document):
    said = {each["name"] for each in document["channels"]["main"]["messages"].values()}
    assert said == {"say", "said", "count"}


# -- TypeScript -----------------------------------------------------------------------------------------------


@pytest.fixture
def workplace(tmp_path):
    """The client's source, the declarations, and what both need."""
    call_command("socketio_schema", format="typescript", output=str(tmp_path / "events.d.ts"))
    for source in SOURCES.glob("*.ts"):
        (tmp_path / source.name).write_text(source.read_text())
    (tmp_path / "node_modules").symlink_to(PACKAGES)
    return tmp_path


def tsc(directory, *files):
    command = node_command(PACKAGES / "typescript/bin/tsc", *FLAGS, *files)
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=120)


@pytest.mark.node
def test_a_client_compiles_against_the_types_and_they_are_true(workplace, client_database):
    compiled = tsc(workplace, "client.ts")
    assert compiled.returncode == 0, compiled.stdout
    with ServerProcess("tests.clients.typed_app:application", env=environment_of(client_database)) as server:
        command = node_command(workplace / "client.js", server.url)
        ran = subprocess.run(command, capture_output=True, text=True, timeout=30, env=node_environment())
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == {
        "saved": {"id": 4, "at": "2026-01-01T00:00:00Z"},
        "drawn": [2, {"sizes": [1, 3]}],
        "refused": refusal("post.title", "Expected `str`, got `int`"),
        "young": refusal("signup.age", "Input should be greater than or equal to 18"),
        "sum": "total: 6",
        "said": "hello",
        "shown": "ada",
        "refusal": ["auth.token: Expected `str`, got `int`", {"code": "bad_arguments", "field": "auth.token"}],
    }


def refusal(field, message):
    return {"error": {"code": "bad_arguments", "message": f"{field}: {message}", "data": {"field": field}}}


@pytest.mark.node
def test_what_is_wrong_does_not_compile(workplace):
    lines = [number for number, line in enumerate((SOURCES / "wrong.ts").read_text().splitlines(), 1) if number > 5]
    compiled = tsc(workplace, "--noEmit", "wrong.ts")
    assert compiled.returncode != 0
    assert {line for line in lines if f"wrong.ts({line}," in compiled.stdout} == set(lines), compiled.stdout


@pytest.mark.node
def test_the_declarations_compile_by_themselves(workplace):
    text = (workplace / "events.d.ts").read_text()
    (workplace / "all.ts").write_text(text)
    compiled = tsc(workplace, "--noEmit", "all.ts")
    assert compiled.returncode == 0, compiled.stdout
    assert text == schema("typescript")


# -- the command ----------------------------------------------------------------------------------------------


def test_the_demo_has_a_schema_too(settings):
    settings.ASGI_APPLICATION = "voiceroom.asgi.application"
    assert json.loads(schema("asyncapi"))["channels"]
    assert "export namespace Lobby" in schema("typescript")


def test_without_msgspec_the_command_says_what_to_install(monkeypatch):
    import sys

    monkeypatch.delitem(sys.modules, "realtime.schema.types", raising=False)
    monkeypatch.setitem(sys.modules, "msgspec", None)
    with pytest.raises(CommandError, match=r"socketio-django\[validation\]"):
        schema("asyncapi")


def test_one_consumer_without_routes_is_the_main_namespace(settings):
    settings.ASGI_APPLICATION = f"{__name__}.alone"
    assert [each.address for each in project.namespaces()] == ["/"]


def __getattr__(name):
    if name == "alone":
        from tests.clients.typed_app import Lobby

        return Lobby.as_asgi()
    raise AttributeError(name)
