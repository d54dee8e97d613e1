"""The client of PyPI's python-socketio over every transport, in JSON and MessagePack, with the checks that apply."""

import asyncio
import itertools

import pytest
import socketio

TRANSPORTS = {"polling": ["polling"], "websocket": ["websocket"], "upgrade": ["polling", "websocket"]}
BYTES = bytes(range(256))
ODD_TEXT = 'café 日本 🎉 \u2028\u2029 \0 \ufeff "\\/'
serial = itertools.count()


@pytest.fixture(params=TRANSPORTS)
def transport(request):
    return request.param


@pytest.fixture(params=["default", "msgpack"])
def serializer(request):
    return request.param


@pytest.fixture
def host(serializer, request):
    """The server that speaks the client's parser."""
    return request.getfixturevalue("server" if serializer == "default" else "msgpack_server")


@pytest.fixture
async def connect(host, serializer, transport):
    """``await connect(...)``: a client of its own, closed with the test."""
    clients = []

    async def connect(namespace="/", *, query="", on=None, **options):
        client = socketio.AsyncClient(reconnection=False, serializer=serializer)
        clients.append(client)
        for event, heard in (on or {}).items():
            client.on(event, heard.hear, namespace=namespace)
        namespaces = options.pop("namespaces", [namespace])
        await client.connect(
            host.url + query, transports=TRANSPORTS[transport], namespaces=namespaces, wait_timeout=10, **options
        )
        return client

    yield connect
    for client in clients:
        await client.disconnect()


class Heard:
    """Keeps what its ``hear``, an event handler, is given."""

    def __init__(self):
        self.queue = asyncio.Queue()
        self.all = []

    async def hear(self, *args):
        self.all.append(args)
        await self.queue.put(args)

    async def next(self):
        return await asyncio.wait_for(self.queue.get(), 10)


def name(word):
    return f"{word}-python-{next(serial)}"


async def test_it_connects_over_the_transport_asked_for(connect, transport):
    client = await connect()
    assert client.transport() == ("polling" if transport == "polling" else "websocket")


async def test_both_sides_have_the_same_socket_id(connect):
    client = await connect(namespaces=["/", "/chat"])
    assert await client.call("sid") == client.get_sid()
    assert await client.call("sid", namespace="/chat") == client.get_sid("/chat")


async def test_query_headers_and_auth_reach_the_handshake(connect):
    client = await connect(query="?token=abc", headers={"X-Colour": "teal"}, auth={"deep": [1]})
    handshake = await client.call("handshake")
    assert (handshake["query"]["token"], handshake["headers"]["x-colour"]) == ("abc", "teal")
    assert handshake["auth"] == {"deep": [1]}


async def test_a_second_namespace_has_its_auth(connect):
    client = await connect(namespaces=["/", "/chat"], auth={"token": "abc"})
    assert await client.call("auth", namespace="/chat") == {"token": "abc"}
    assert await client.call("where", namespace="/chat") == "/chat"
    assert await client.call("where") == "/"


async def test_what_connect_emits_comes_in_order(connect):
    heard = Heard()
    await connect(query="?greetings=50", on={"greeting": heard})
    assert [await heard.next() for _ in range(50)] == [(i,) for i in range(50)]


async def test_a_refused_connection_gets_its_message_and_its_data(connect):
    heard = Heard()
    with pytest.raises(socketio.exceptions.ConnectionError):
        await connect("/secure", auth={"token": "wrong"}, on={"connect_error": heard})
    assert await heard.next() == ({"message": "not you", "data": {"code": 401, "hints": ["sesame"]}},)


async def test_the_right_token_comes_in(connect):
    client = await connect("/secure", auth={"token": "sesame"})
    assert await client.call("where", namespace="/secure") == "/secure"


async def test_an_unknown_namespace_is_refused(connect):
    heard = Heard()
    with pytest.raises(socketio.exceptions.ConnectionError):
        await connect("/nowhere", on={"connect_error": heard})
    assert (await heard.next())[0]["message"] == "Invalid namespace"


async def test_several_arguments_come_back(connect):
    heard = Heard()
    client = await connect(on={"echo": heard})
    args = (1, -1.5, 2**53 - 1, "text", "", True, None, [], {}, {"a": [{"b": None}]})
    await client.emit("echo", args)
    assert await heard.next() == args


async def test_acks_go_both_ways(connect):
    client = await connect()

    @client.event
    async def question(a, b):
        return a + b, {"sum": [a, b]}

    assert await client.call("ack", (1, {"two": [2]}, "3")) == (1, {"two": [2]}, "3")
    assert await client.call("call", ("question", 2, 3)) == [5, {"sum": [2, 3]}]


async def test_a_hundred_acks_at_once_find_their_questions(connect):
    client = await connect()
    assert await asyncio.gather(*(client.call("ack", i) for i in range(100))) == list(range(100))


async def test_nested_binary_goes_both_ways(connect):
    heard = Heard()
    client = await connect(on={"echo": heard})
    args = ({"file": BYTES, "list": ["x", b"\0", {"deep": b"abc"}]}, BYTES, 7)
    await client.emit("echo", args)
    assert await heard.next() == args


async def test_binary_acks_go_both_ways(connect):
    client = await connect()

    @client.event
    async def question(data):
        return {"back": data}, b"\x09"

    assert await client.call("ack", ({"a": BYTES}, BYTES)) == ({"a": BYTES}, BYTES)
    assert await client.call("call", ("question", BYTES)) == [{"back": BYTES}, b"\x09"]


async def test_empty_binary_goes_both_ways(connect):
    client = await connect()
    assert await client.call("ack", (b"", {"x": [b"", BYTES]})) == (b"", {"x": [b"", BYTES]})


async def test_a_room_joins_two_clients_until_one_leaves(connect):
    room, news, heard = name("room"), name("news"), [Heard(), Heard(), Heard()]
    a, b, outside = [await connect(on={news: each}) for each in heard]
    await a.call("join", room)
    await b.call("join", room)
    await a.call("to", ([room], news, 1))
    await b.call("everyone in", ([room], news, 2))
    await outside.call("to", ([room], news, 3))
    await settled(a, b)
    await b.call("leave", room)
    await a.call("everyone in", ([room], news, 4))
    await settled(a, b, outside)
    await in_the_end(heard, [[(2,), (3,), (4,)], [(1,), (2,), (3,)], []])


async def test_a_broadcast_reaches_all_but_the_sender(connect):
    news, heard = name("news"), [Heard(), Heard()]
    a, b = [await connect(on={news: each}) for each in heard]
    await a.call("broadcast", (news, BYTES))
    await settled(a, b)
    await in_the_end(heard, [[], [(BYTES,)]])


async def in_the_end(heard, expected):
    """They have heard this. What several said through several processes comes in no order, and in its time."""
    async with asyncio.timeout(10):
        while [sorted(each.all) for each in heard] != expected:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def settled(*clients):
    """What the server sent these before has arrived, and its handlers, tasks of their own, have run."""
    for client in clients:
        await client.call("ack")
    for _ in range(5):
        await asyncio.sleep(0)


async def test_the_server_closes_a_namespace(connect):
    client, left = await connect(namespaces=["/", "/chat"]), Heard()
    client.on("disconnect", left.hear, namespace="/chat")
    await client.emit("close", namespace="/chat")
    await left.next()
    assert await client.call("where") == "/"


async def test_the_server_closes_the_whole_connection(connect):
    client, left = await connect(), Heard()
    client.on("disconnect", left.hear)
    await client.emit("close everything")
    await left.next()
    await asyncio.wait_for(client.wait(), 10)


async def test_the_server_sees_a_client_leave(connect, host):
    tag = name("tag")
    client = await connect(query=f"?tag={tag}")
    await client.disconnect()
    async with asyncio.timeout(10):
        reader, writer = await asyncio.open_connection("127.0.0.1", host.port)
        writer.write(b"GET /departures/%s/ HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n" % tag.encode())
        answer = (await reader.read()).decode()
        writer.close()
    assert answer.endswith(("client namespace disconnect", "transport close")), answer


async def test_500_kb_go_both_ways(connect):
    client = await connect()
    text, data = "0123456789" * 50_000, b"0123456789" * 50_000
    assert await client.call("ack", text) == text
    assert await client.call("ack", data) == data


async def test_text_means_the_same_on_both_sides(connect):
    client = await connect()
    assert await client.call("code points", ODD_TEXT) == [ord(each) for each in ODD_TEXT]
    assert await client.call("text", [ord(each) for each in ODD_TEXT]) == ODD_TEXT
    assert await client.call("fête 🎉", 1) == ("party", 1)


@pytest.mark.parametrize("serializer", ["default"], indirect=True)  # MessagePack cannot carry one
async def test_a_lone_surrogate_arrives_as_it_was_sent(connect):
    client = await connect()
    assert await client.call("ack", ("a\ud83db", BYTES)) == ("a\ud83db", BYTES)


async def test_1000_messages_arrive_in_order_at_the_server(connect):
    client = await connect()
    for i in range(1000):
        await client.emit("collect", i)
    assert await client.call("collected") == list(range(1000))


async def test_1000_messages_arrive_in_order_at_the_client(connect):
    heard = Heard()
    client = await connect(on={"number": heard})
    await client.emit("count", 1000)
    assert [await heard.next() for _ in range(1000)] == [(i,) for i in range(1000)]
