"""Which parser the settings give, and what the system checks say of one that cannot work."""

import json
import math
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from uuid import UUID

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.functional import lazystr

from realtime import EngineIO, checks, namespace, parsers
from realtime.exceptions import EncodeError
from realtime.socketio.packet import Packet, PacketType
from realtime.socketio.parser import JSONParser
from realtime.testing import NamespaceCommunicator, outbox

from .namespaces import Chat

VALUES = [datetime(2026, 1, 2, 3, 4, 5, 678901, UTC), UUID(int=7), Decimal("1.50"), lazystr("lazy"), ["a", None]]


class Person:
    def __init__(self, name):
        self.name = name


class PeopleEncoder(DjangoJSONEncoder):
    def default(self, value):
        return {"name": value.name} if isinstance(value, Person) else super().default(value)


class EuroDecoder(json.JSONDecoder):
    def __init__(self):
        super().__init__(object_hook=lambda found: Decimal(found["euro"]) if "euro" in found else found)


def sent(*args):
    frames = parsers.project_parser().encode(Packet(PacketType.EVENT, "/", ["x", *args]))
    return parsers.project_parser().trusted_decoder().add(frames[0]).data[1:]


@pytest.mark.parametrize("parser", ["json", "msgpack"])
@pytest.mark.parametrize("encoder", [None, DjangoJSONEncoder, PeopleEncoder, f"{__name__}.PeopleEncoder"])
def test_values_are_encoded_as_django_does(settings, parser, encoder):
    settings.SOCKETIO = {"PARSER": parser, "JSON_ENCODER": encoder}
    assert sent(*VALUES) == json.loads(json.dumps(VALUES, cls=DjangoJSONEncoder))
    with pytest.raises(EncodeError):
        sent(math.nan)


@pytest.mark.parametrize("parser", ["json", "msgpack"])
def test_an_encoder_class_knows_the_projects_own_types(settings, parser):
    settings.SOCKETIO = {"PARSER": parser, "JSON_ENCODER": f"{__name__}.PeopleEncoder"}
    assert sent([Person("ada"), VALUES[1]]) == [[{"name": "ada"}, str(VALUES[1])]]
    settings.SOCKETIO = {"PARSER": parser}
    with pytest.raises(EncodeError):
        sent(Person("ada"))


def test_json_default_wins_over_the_default_of_a_class(settings):
    settings.SOCKETIO = {"JSON_DEFAULT": lambda value: value.name.upper(), "JSON_ENCODER": PeopleEncoder}
    assert sent(Person("ada")) == ["ADA"]


def test_a_decoder_class_reads_what_clients_send_and_nobody_else(settings):
    settings.SOCKETIO = {"JSON_DECODER": f"{__name__}.EuroDecoder"}
    parser = parsers.project_parser()
    assert parser.decoder().add('2["x",{"euro":"1.10"}]').data == ["x", Decimal("1.10")]
    assert sent({"euro": "1.10"}) == [{"euro": "1.10"}]


@pytest.mark.parametrize("parser", ["json", "msgpack"])
def test_the_outbox_has_what_a_client_would_get(settings, parser):
    settings.SOCKETIO = {"PARSER": parser}
    namespace("/").emit("news", *VALUES, b"raw")
    assert outbox[-1].args == [*json.loads(json.dumps(VALUES, cls=DjangoJSONEncoder)), b"raw"]


async def test_the_test_kit_speaks_it_too(settings):
    settings.SOCKETIO = {"PARSER": "msgpack"}
    chat = await NamespaceCommunicator(Chat.as_asgi(), "/chat").connect({"user": "ada"})
    assert await chat.call("two") == (1, 2) and await chat.call("add", 1, 2.5) == 3.5
    await chat.disconnect()


def test_the_same_options_have_the_same_parser(settings):
    settings.SOCKETIO = {"MAX_ATTACHMENTS": 3}
    assert parsers.project_parser() is parsers.project_parser()
    assert parsers.project_parser().max_attachments == 3
    settings.SOCKETIO = {}
    assert parsers.project_parser().max_attachments == 10


def problems(settings, **given):
    settings.SOCKETIO = given
    return [(error.id, error.msg) for error in [*checks.options(None), *checks.known_parser(None)]]


class NoParser:
    name = "no"


@pytest.mark.parametrize("value", ["json", "msgpack", JSONParser(), JSONParser, "realtime.socketio.parser.JSONParser"])
def test_a_parser_that_works_is_no_problem(settings, value):
    assert problems(settings, PARSER=value) == []


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("yaml", "unknown parser 'yaml', choose one of json, msgpack"),
        ("shop.nowhere.Parser", "is no parser"),
        (f"{__name__}.NoParser", "it has no encode, decoder"),
        (7, "it has no name, encode, decoder"),
        (SimpleNamespace(name="x", encode=len), "it has no decoder"),
    ],
)
def test_what_is_no_parser_is_an_error_of_the_checks(settings, value, said):
    ((id, message),) = problems(settings, PARSER=value)
    assert id == "realtime.E010" and said in message


@pytest.mark.parametrize("value", ["shop.nowhere.Encoder", json.JSONDecoder, dict, 7, f"{__name__}.Person"])
def test_what_is_no_encoder_class_is_an_error_of_the_checks(settings, value):
    ((id, message),) = problems(settings, JSON_ENCODER=value)
    assert id == "realtime.E005" and "JSON_ENCODER" in message


def test_an_unknown_parser_of_an_engine_is_an_error_at_once():
    with pytest.raises(ImproperlyConfigured, match="unknown parser 'yaml'"):
        EngineIO(None, parser="yaml")


def test_a_parser_whose_package_is_missing_says_what_to_install(settings, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "msgpack", None)
    monkeypatch.delitem(__import__("sys").modules, "realtime.socketio.msgpack", raising=False)
    ((id, message),) = problems(settings, PARSER="msgpack")
    assert id == "realtime.E010" and 'pip install "socketio-django[msgpack]"' in message
