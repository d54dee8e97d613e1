"""The examples of docs/how-to on users, models, listeners, middleware, dynamic namespaces and acks, as they stand."""

import asyncio
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import Group, Permission, User

from realtime import ConnectionRefused, EngineIO, signals
from realtime.testing import EngineCommunicator, NamespaceCommunicator

PAGES = Path(__file__).parents[2] / "docs/how-to"


def examples(page, **names):
    """The names that the page's Python defines, taken together."""
    code = re.findall(r"^```python\n(.*?)^```", (PAGES / page).read_text(), re.M | re.S)
    assert code
    names |= {"__name__": f"docs.{page}"}
    exec(compile("\n".join(code), page, "exec"), names)
    return SimpleNamespace(**names)


async def come(consumer, name="/chat", auth=None, **more):
    return await NamespaceCommunicator(consumer.as_asgi(), name, **more).connect(auth)


async def heard(*clients):
    await asyncio.sleep(0.01)
    return [[tuple(await client.receive()) for _ in range(client._packets.qsize())] for client in clients]


async def leave(*clients):
    for client in clients:
        await client.disconnect()


async def test_users():
    page = examples("address-users-and-models.md", Group=Group)
    ada, bob = User(pk=1), User(pk=2)
    coming = [("/shop", ada), ("/shop", ada), ("/", ada), ("/shop", bob)]
    clients = [await come(page.Shop, name, user=user) for name, user in coming]
    await clients[0].call("read", 7)
    await clients[0].call("offer", 2, 9.5)
    assert await heard(*clients) == [[], [("read", 7)], [], [("offer", 9.5)]]
    await asyncio.to_thread(page.order_paid, SimpleNamespace(customer=ada, number=7))
    paid = ("paid", 7)
    assert await heard(*clients) == [[paid, paid], [paid, paid], [paid], []]
    await leave(*clients)


@pytest.mark.django_db(transaction=True)
async def test_models():
    page = examples("address-users-and-models.md", Group=Group)
    group = await Group.objects.acreate(name="a board")
    one, two, other = [await come(page.Boards, "/boards") for _ in range(3)]
    for client in (one, two):
        await client.call("open", group.pk)
    await one.call("draw", [0, 1])
    await page.namespace("/boards").to(f"auth.group:{group.pk}").aemit("by name")
    assert await heard(one, two, other) == [[("by name",)], [("drawn", [0, 1]), ("by name",)], []]
    await leave(one, two, other)


async def test_listeners_and_signals():
    page = examples("listen.md")
    try:
        client = await come(page.Chat)
        assert await client.call("hello") == "the first time"
        assert await client.call("hello") == "no handler for hello"
        await client.call("x")
        assert client.scope["socket"].connected and page.lines == [f"/chat has {client.sid}"]
        quiz = await come(page.Quiz, "/quiz")
        assert (await quiz.call("answer", 42))["error"]["code"] == "not_found"
        await quiz.call("start")
        assert [await quiz.call("answer", 42), quiz.scope["socket"].data] == [True, {"last": "answer"}]
        assert (await quiz.call("answer", 42))["error"]["code"] == "not_found"
        await quiz.call("stop")
        await leave(client, quiz)
    finally:
        signals.socket_connected.disconnect(page.came, sender=page.Chat)
        signals.handler_failed.disconnect(page.failed)


async def test_middleware():
    page = examples("middleware.md")
    with pytest.raises(ConnectionRefused, match="wrong token") as refusal:
        await come(page.Chat)
    assert refusal.value.data == {"code": "token"}
    client = await come(page.Chat, auth={"token": "sesame", "device": "desk"})
    assert await client.call("SAY", "hi") == "desk said hi"
    assert (await client.call("debug"))["error"]["code"] == "forbidden"
    assert await client.call("noise") is None
    await leave(client)


async def test_middleware_around_requests(settings):
    settings.ALLOWED_HOSTS = ["*"]
    page, scopes = examples("middleware.md"), []

    async def application(scope, receive, send):
        scopes.append(scope["request"]["tenant"])

    options = {"allow_request": page.allow, "initial_headers": page.set_cookie, "middleware": [page.remember_tenant]}
    engine = EngineIO(application, **options)
    assert b"no key" in (await EngineCommunicator(engine).request("GET")).body
    client = EngineCommunicator(engine, headers=[(b"x-api-key", b"1")], host="acme.example.com")
    assert "seen=1" in (await client.request("GET")).headers["set-cookie"]
    await client.open()
    await client.post("40")
    await asyncio.sleep(0)
    assert scopes == ["acme"]


@pytest.mark.django_db(transaction=True)
async def test_permissions():
    page = examples("middleware.md")
    user = await User.objects.acreate(username="ada")
    with pytest.raises(ConnectionRefused) as refusal:
        await come(page.Moderated, user=user)
    assert refusal.value.data == {"code": "forbidden"}
    await user.user_permissions.aadd(await Permission.objects.aget(codename="view_user"))
    client = await come(page.Moderated, user=user)
    refused = {"error": {"code": "forbidden", "message": "You do not have the permission for this"}}
    assert await client.call("kick", 7) == refused
    await user.user_permissions.aadd(await Permission.objects.aget(codename="change_user"))
    assert await client.call("kick", 7) == "kicked 7"
    await leave(client)


async def test_dynamic_namespaces(monkeypatch, settings):
    page = examples("dynamic-namespaces.md")
    application = EngineIO(page.router)
    monkeypatch.setattr("tests.django.an_asgi.application", application)
    settings.ASGI_APPLICATION = "tests.django.an_asgi.application"
    client = await NamespaceCommunicator(page.router, "/team-1").connect({"token": "sesame"})
    assert await client.call("which") == "/team-1"
    with pytest.raises(ConnectionRefused, match="Invalid namespace"):
        await NamespaceCommunicator(page.router, "/team-1").connect()
    await page.close_all_teams()
    assert await client.receive() == ("closing",)
    await asyncio.sleep(0)
    assert not client.scope["socket"].connected


async def test_acknowledgements():
    page = examples("acknowledgements.md")
    one, two = await come(page.Quiz), await come(page.Quiz)
    asking = asyncio.ensure_future(one.call("ask me"))
    await (await one.receive()).ack(42)
    assert await asking == 42
    asking = asyncio.ensure_future(one.call("ask all"))
    await (await one.receive()).ack(42)
    await two.receive()
    assert await asking == {"answers": [42], "missing": [two.sid]}
    await leave(one, two)
