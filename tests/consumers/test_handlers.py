"""The registry of a class, and the classes that cannot be made."""

import functools
import re

import pytest
from asgiref.sync import sync_to_async

from realtime import NamespaceConsumer, on, on_layer
from tests.consumers.seam import joined


async def answers(consumer, *events):
    async with joined(consumer) as seam:
        return [(await seam.call(event) or [None])[0] for event in events]


class Base(NamespaceConsumer):
    @on("a")
    async def a(self):
        return "base a"

    @on("b")
    async def b(self):
        return "base b"


NOT_FOUND = {"error": {"code": "not_found", "message": "There is no handler for this event"}}


async def test_handlers_are_inherited():
    class Child(Base):
        @on("c")
        async def c(self):
            return "child c"

    assert await answers(Child, "a", "b", "c") == ["base a", "base b", "child c"]
    assert await answers(Base, "c") == [NOT_FOUND]


async def test_a_method_that_is_overridden_is_still_the_handler():
    class Child(Base):
        async def a(self):
            return "child " + await super().a()

    assert await answers(Child, "a") == ["child base a"]


async def test_another_handler_of_the_event_replaces_the_inherited_one():
    class Child(Base):
        @on("a")
        async def other(self):
            return "other"

    assert await answers(Child, "a") == ["other"]


async def test_none_takes_a_handler_away():
    class Child(Base):
        a = None

    assert await answers(Child, "a", "b") == [NOT_FOUND, "base b"]


async def test_a_name_that_handles_another_event_now_no_longer_handles_the_old_one():
    class Child(Base):
        @on("z")
        async def a(self):
            return "z"

    assert await answers(Child, "a", "z") == [NOT_FOUND, "z"]


async def test_mixins_bring_handlers_in_the_order_of_the_mro():
    class Mixin:
        @on("a")
        async def mixed(self):
            return "mixin"

    class First(Mixin, Base):
        pass

    class Last(Base, Mixin):
        pass

    assert await answers(First, "a") == ["mixin"]
    assert await answers(Last, "a") == ["base a"]


async def test_one_method_may_handle_several_events():
    class Chat(NamespaceConsumer):
        @on("x")
        @on("y")
        async def both(self):
            return "both"

    assert await answers(Chat, "x", "y") == ["both", "both"]


async def test_decorators_may_be_above_and_below():
    def shout(function):
        @functools.wraps(function)
        async def wrapper(self, *args):
            return (await function(self, *args)).upper()

        return wrapper

    class Chat(NamespaceConsumer):
        @shout
        @on("above")
        async def above(self):
            return "above"

        @on("below")
        @shout
        async def below(self):
            return "below"

        @on("thread")
        @sync_to_async
        def thread(self):
            return "thread"

    assert await answers(Chat, "above", "below", "thread") == ["ABOVE", "BELOW", "thread"]


def error_of(make):
    with pytest.raises(TypeError) as caught:
        make()
    text = str(caught.value)
    path, line, rest = re.fullmatch(r"(.*?):(\d+): (.*)", text).groups()
    assert path == __file__ and int(line) > make.__code__.co_firstlineno
    return rest


@pytest.mark.parametrize(
    "name", ["join", "emit", "data", "rooms", "send", "scope", "connect", "dispatch", "base_send", "_emit", "sync"]
)
def test_a_handler_must_not_hide_a_public_name(name):
    def make():
        async def method(self): ...

        type("Chat", (NamespaceConsumer,), {name: on("something")(method)})

    assert error_of(make) == f"in Chat, {name}() hides a name of NamespaceConsumer; call it on_{name}."


@pytest.mark.parametrize("name", ["data", "rooms", "user", "session", "sync", "namespace"])
def test_a_value_of_the_class_must_not_hide_what_each_socket_has_of_its_own(name):
    def make():
        type("Chat", (NamespaceConsumer,), {name: {}})

    expected = f"in Chat, {name} hides a name of NamespaceConsumer, which each socket has of its own; rename it."
    assert error_of(make) == expected
    type("Chat", (NamespaceConsumer,), {name: property(lambda self: 1)})  # worked out for each socket


def test_a_layer_handler_must_not_hide_a_public_name_either():
    def make():
        class Chat(NamespaceConsumer):
            @on_layer("order.paid")
            async def leave(self, message): ...

    assert error_of(make).endswith("leave() hides a name of NamespaceConsumer; call it on_leave.")


def test_a_mixin_is_checked_where_it_is_used():
    class Mixin:
        @on("join")
        async def join(self, room): ...

    def make():
        type("Chat", (Mixin, NamespaceConsumer), {})

    with pytest.raises(TypeError, match=r"Mixin, join\(\) hides a name of NamespaceConsumer; call it on_join\."):
        make()


@pytest.mark.parametrize(
    "event, tip",
    [
        ("connect", "write async def connect(self, auth) without @on"),
        ("disconnect", "write async def disconnect(self, reason) without @on"),
        ("disconnecting", "write async def disconnecting(self, reason) without @on"),
        ("connect_error", "choose another name"),
        ("newListener", "choose another name"),
        ("removeListener", "choose another name"),
    ],
)
def test_a_reserved_event_has_no_handler(event, tip):
    def make():
        class Chat(NamespaceConsumer):
            @on(event)
            async def handler(self): ...

    assert error_of(make).endswith(f"'{event}' is a reserved event, no client may send it; {tip}.")


def test_one_event_has_one_handler_in_a_class():
    def make():
        class Chat(NamespaceConsumer):
            @on("x")
            async def one(self): ...

            @on("x")
            async def two(self): ...

    assert error_of(make).endswith("'x' is handled by one() already; keep one of the two.")


def test_a_handler_cannot_need_keywords():
    def make():
        class Chat(NamespaceConsumer):
            @on("x")
            async def handler(self, *, needed): ...

    assert "needs the keyword 'needed', and events have none; give it a default." in error_of(make)


def test_a_handler_takes_the_consumer():
    def make():
        class Chat(NamespaceConsumer):
            @on("x")
            async def handler(): ...

    assert error_of(make).endswith("handler() has no parameter for the consumer; write handler(self, ...).")


async def test_the_consumer_may_be_one_of_all_arguments():
    class Chat(NamespaceConsumer):
        @on("x")
        async def handler(*everything):
            return everything[0].namespace, *everything[1:]

    async with joined(Chat) as seam:
        assert await seam.call("x", 1, 2) == ["/chat", 1, 2]


def test_a_handler_is_no_generator():
    def make():
        class Chat(NamespaceConsumer):
            @on("x")
            async def handler(self):
                yield 1

    assert error_of(make).endswith("handler() is a generator, and answers once; return a list, or emit each.")


def test_a_handler_is_no_property():
    with pytest.raises(TypeError, match="a handler is a method, not a property"):
        on("x")(property())


def test_a_layer_handler_takes_the_message():
    def make():
        class Chat(NamespaceConsumer):
            @on_layer("order.paid")
            async def paid(self): ...

    assert error_of(make).endswith("the handler of 'order.paid' gets one argument; write (self, message).")


@pytest.mark.parametrize("groups", ["orders", ["or ders"], ["x" * 100], [1], None])
def test_groups_are_names_that_a_channel_layer_has(groups):
    def make():
        type("Chat", (NamespaceConsumer,), {"groups": groups})

    assert error_of(make).startswith("in Chat, groups is a list of names of fewer than 100 ASCII letters")


def test_groups_may_be_worked_out_later():
    class Chat(NamespaceConsumer):
        @property
        def groups(self):
            return [f"user_{self.user.pk}"]


@pytest.mark.parametrize("permission", [5, ["chat.x", 5], "nodot"])
def test_a_permission_is_a_name(permission):
    with pytest.raises(TypeError, match=r'a permission is named like "chat\.moderate", not'):
        on("x", permission=permission)


def test_a_catch_all_takes_the_event():
    def make():
        class Chat(NamespaceConsumer):
            @on("*")
            async def other(self): ...

    assert error_of(make).endswith('the handler of "*" takes no event; write (self, event, *args).')


def test_on_without_a_name_says_how():
    with pytest.raises(TypeError, match='@on\\("message"\\)'):

        class Chat(NamespaceConsumer):
            @on
            async def message(self): ...


def test_on_layer_without_a_type_says_how():
    with pytest.raises(TypeError, match='@on_layer\\("order.paid"\\)'):

        class Chat(NamespaceConsumer):
            @on_layer
            async def message(self): ...


def test_a_handler_can_still_be_called_like_any_method():
    assert Base.a.__name__ == "a"
