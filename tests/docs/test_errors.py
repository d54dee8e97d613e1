"""The page of the errors has whatever the library raises, refuses, closes with, warns of and counts; and no more."""

import ast
import re

import pytest
from django.conf import global_settings

from realtime import exceptions, permissions
from realtime.streams import StreamError
from tests.harness.processes import ROOT

PAGE = (ROOT / "docs/reference/errors.md").read_text()
SETTINGS = (ROOT / "docs/reference/settings.md").read_text()
TREES = [ast.parse(path.read_text()) for path in sorted((ROOT / "realtime").rglob("*.py"))]
NODES = [node for tree in TREES for node in ast.walk(tree)]
CALLS = [node for node in NODES if isinstance(node, ast.Call)]
FUNCTIONS = [node for node in NODES if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def section(title):
    """The first cells of the rows of a section, each less its backticks."""
    text = PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    return [row.split(" | ") for row in re.findall(r"^\| (`.*|[0-9].*)$", text, re.M)]


def column(title, number=0):
    return sorted(cells[number].strip("`") for cells in section(title))


def called(*names):
    """The calls of functions and methods of these names."""
    return [call for call in CALLS if getattr(call.func, "attr", getattr(call.func, "id", None)) in names]


def texts(values):
    return {value.value for value in values if isinstance(value, ast.Constant) and isinstance(value.value, str)}


def defaults(parameter):
    """What a parameter of this name is where nothing is given, in any function."""
    found = set()
    for function in FUNCTIONS:
        given = function.args.defaults
        pairs = zip(function.args.args[len(function.args.args) - len(given) :], given, strict=True)
        found |= texts(value for name, value in pairs if name.arg == parameter)
    return found


def keywords(name):
    return texts(keyword.value for call in CALLS for keyword in call.keywords if keyword.arg == name)


def constants(name):
    return texts(node.value for node in NODES if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name)


def test_every_exception_is_there():
    ours = [value for value in vars(exceptions).values() if isinstance(value, type)]
    names = [each.__name__ for each in ours if issubclass(each, exceptions.RealtimeError)]
    assert column("Exceptions") == sorted([*names, StreamError.__name__])


def test_every_refusal_of_a_request_is_there():
    raised = texts(argument for call in called("HandshakeError") for argument in call.args[1:])
    stopping = exceptions.ServerStopping().message
    codes = {(str(code), text) for code, text in exceptions.HandshakeError.MESSAGES.items()}
    rows = {(code, text.strip("`")) for code, text, *_ in section("Refused requests")}
    assert codes <= rows and {text for _, text in rows - codes} == raised | {stopping}


def test_every_refusal_of_a_namespace_is_there():
    said = texts(argument for call in called("_refuse", "refuse", "_failed") for argument in call.args)
    said = {text for text in said if text[0].isupper()}  # others are metrics, and refusals of streams
    assert set(column("Refused namespaces")) == said | {permissions.MESSAGE}


def test_every_code_of_an_error_ack_is_there():
    dicts = [dict(zip(node.keys, node.values, strict=True)) for node in NODES if isinstance(node, ast.Dict)]
    written = {value for each in dicts for key, value in each.items() if texts([key]) == {"code"}}
    codes = keywords("code") | texts(written) | constants("BAD_ARGUMENTS") | defaults("code")
    assert set(column("Error acks")) == codes


def test_every_reason_is_there():
    ends = called("abort", "lost", "gone", "closed", "Closed", "close", "_tell")
    said = texts(call.args[0] for call in ends if call.args) | constants("REASON") | defaults("reason")
    elsewhere = {"forced server close", "the file could not be sent"}  # in the test kit, and of a stream
    assert set(column("Why a socket was disconnected")) == said - elsewhere


def test_every_check_is_there():
    assert column("Checks") == sorted(each for each in keywords("id") if each.startswith("realtime."))


def test_the_id_of_a_check_is_given_once():
    owners = {}
    for path in sorted((ROOT / "realtime").glob("*checks.py")):
        for function in ast.parse(path.read_text()).body:
            for id in set(re.findall(r'id="(realtime\.[EW]\d+)"', ast.unparse(function).replace("'", '"'))):
                owners.setdefault(id, set()).add(path.name)
    assert {id: names for id, names in owners.items() if len(names) > 1} == {}


def test_every_counter_is_there():
    counted = texts(argument for call in called("count", "refused") for argument in call.args[:1])
    counted |= defaults("why") | texts(argument for call in called("_refuse") for argument in call.args[1:2])
    assert column("Counters") == sorted(name for name in counted if re.fullmatch("[a-z_]{5,}", name))


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`([A-Z]{2,}(?:_[A-Z0-9]+)+)`", PAGE))))
def test_what_it_calls_a_setting_is_one(name):
    known = f"| `{name}` |" in SETTINGS or hasattr(global_settings, name)
    assert known or name in ("CHANNEL_LAYERS", "ASGI_APPLICATION", "WEB_CONCURRENCY")
