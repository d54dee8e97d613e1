"""docs/reference/voice-protocol.md, the annotations of the handlers and the codes of the rules say the same."""

import ast
import re
import typing
from pathlib import Path

import pytest
from django.conf import settings

from realtime.schema.project import NOTHING, namespaces
from voiceroom import protocol
from voiceroom.consumers import Lobby, RoomConsumer
from voiceroom.protocol import things

PAGE = (Path(settings.BASE_DIR) / "docs" / "reference" / "voice-protocol.md").read_text()
ROWS = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in PAGE.splitlines() if line[:1] == "|"]
SERVED = {each.consumer: each for each in namespaces()}
SENT = {name: kind for consumer in (Lobby, RoomConsumer) for name, kind in consumer.emits.items()}
SHAPES = {"person": things.Person, "tab": things.Tab, "seat": things.Seat, "hand": things.Hand,
          "room": things.Room, "ban": things.Ban,
          "link": things.InviteLink, "message": things.Message, "reacted": things.Reacted,
          "card": things.Card}  # fmt: skip


def keys(text):
    """The names in the first braces of a text, as {name: whether it may be missing}."""
    inside = re.search(r"\{(.*)\}", text)
    parts = re.sub(r"\[[^\]]*\]|\{[^{}]*\}", "", inside[1] if inside else "").split(",")
    names = [re.split(r":|\\", part)[0].strip() for part in parts]
    return {name.removesuffix("?"): name.endswith("?") for name in names if name}


def shape(kind):
    return {name: name in kind.__optional_keys__ for name in typing.get_type_hints(kind)}


def written_commands():
    found = re.findall(r"`([a-z]+(?::[a-z_]+)?)\(([^)`]*)\)`", "\n".join(row[0] for row in ROWS))
    return {name: re.findall(r"\w+\??", arguments) for name, arguments in found}


def test_every_command_is_written_down_with_its_arguments():
    declared = {
        event.name: [each.name + ("" if each.required else "?") for each in event.arguments]
        for served in SERVED.values()
        for event in served.receives
    }
    assert written_commands() == declared


def test_every_argument_and_every_answer_has_a_type():
    for served in SERVED.values():
        for event in served.receives:
            assert all(each.annotation is not NOTHING for each in event.arguments), event.name
            assert event.answers is not None, event.name


def test_every_event_is_written_down_with_what_comes_with_it():
    written = {match[1]: row[1] for row in ROWS if (match := re.fullmatch(r"`([a-z]+:[a-z_]+)`", row[0]))}
    assert set(written) | {"room:changed"} == set(SENT)
    for name, text in written.items():
        if isinstance(SENT[name], type) and "{" in text:
            assert keys(text) == shape(SENT[name]), name


def test_what_changes_a_room_has_the_shape_that_is_written_down():
    text = PAGE.split("## room:changed")[1].split("in one")[0].replace("\n", " ")
    assert keys(text) == shape(protocol.news.Change)


@pytest.mark.parametrize("name", SHAPES)
def test_a_thing_has_the_shape_that_is_written_down(name):
    (row,) = [row for row in ROWS if row[0] == name]
    optional = {"you_role"} if name == "room" else set()  # only in the whole state
    assert set(keys(row[1])) == set(shape(SHAPES[name])) - optional


def test_the_whole_state_has_the_shape_that_is_written_down():
    text = PAGE.split("```")[1].replace("\n", " ")
    assert set(keys(text)) == set(shape(protocol.answers.RoomState)) - {"ok"}


def codes(path):
    """The codes that a module of ours refuses with, as literals."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef) and node.name.startswith(("why_", "_above")):
            for back in (each for each in ast.walk(node) if isinstance(each, ast.Return)):
                yield from (each.value for each in ast.walk(back) if _is_code(each))
        elif isinstance(node, ast.keyword) and node.arg == "code" and _is_code(node.value):
            yield node.value.value
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("allow", "refuse"):
            yield from (each.value for argument in node.args for each in ast.walk(argument) if _is_code(each))


def _is_code(node):
    text = node.value if isinstance(node, ast.Constant) else None
    return isinstance(text, str) and text.isidentifier() and text.islower()  # names of limits are upper case


def test_every_code_is_written_down_and_none_that_is_not():
    table = PAGE.split("## Codes")[1]
    written = set(re.findall(r"`([a-z_]+)`", "\n".join(row.split("|")[1] for row in table.splitlines() if "|" in row)))
    folders = ("rules", "deeds", "consumers", "media")
    used = {code for folder in folders for path in (Path(settings.BASE_DIR) / "voiceroom" / folder).rglob("*.py")
            for code in codes(path)}  # fmt: skip
    elsewhere = {"kicked", "internal_error"}  # said in room:closed, and by the library
    assert used - written == set()
    assert written - used - elsewhere == set()
