"""The channel layer: channels-redis' pub/sub layer in its names, messages and settings, on connections of our own."""

import asyncio
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from channels_redis import pubsub
from channels_redis.utils import _consistent_hash, _wrap_close, decode_hosts

from .inboxes import CAPACITY, Inboxes
from .shard import Shard

EXTENSIONS = ["groups", "flush", "callbacks"]


class RedisPubSubChannelLayer(pubsub.RedisPubSubChannelLayer):
    """A drop-in for the layer of that name in channels-redis, with which it can share a Redis.

    A message costs about a quarter of the processor time. A lost connection is noticed at once and made again within a
    second of Redis being there; ``on_disconnect`` and ``on_reconnect`` are then called, or, if they are strings, the
    consumers get a message of that type. ``capacity``: messages that wait for one consumer (10,000); what comes beyond
    is dropped, logged, and counted as ``layer_messages_dropped``. Further settings (``hosts``, ``prefix``,
    ``symmetric_encryption_keys``, ``serializer_format``) are channels-redis'.

    ``"callbacks" in layer.extensions``: messages of a channel can be had by a plain call, see ``LoopLayer.listen``.
    """

    extensions = EXTENSIONS

    # What is called for each message does not go through ``__getattr__`` of the class above.

    async def send(self, channel: str, message: dict[str, Any]) -> None:
        await self._get_layer().send(channel, message)

    async def receive(self, channel: str) -> Any:
        return await self._get_layer().receive(channel)

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        await self._get_layer().group_send(group, message)

    def _get_layer(self) -> "LoopLayer":
        loop = asyncio.get_running_loop()
        layer: LoopLayer | None = self._layers.get(loop)
        if layer is None:
            layer = self._layers[loop] = LoopLayer(self, *self._args, **self._kwargs)
            _wrap_close(self, loop)
        return layer


class LoopLayer:
    """What one event loop has of the layer."""

    extensions = EXTENSIONS

    def __init__(
        self,
        outer: RedisPubSubChannelLayer,
        hosts: Any = None,
        prefix: str = "asgi",
        on_disconnect: Callable[[], Any] | str | None = None,
        on_reconnect: Callable[[], Any] | str | None = None,
        capacity: int = CAPACITY,
        **kwargs: Any,
    ) -> None:
        self.prefix, self._outer = prefix, outer
        self._inboxes = Inboxes(outer.deserialize, capacity)
        self.channels, self.groups = self._inboxes.channels, self._inboxes.groups
        self._losses: dict[str, Callable[[], None]] = {}
        self._on_disconnect = self._hook(on_disconnect)
        hooks = self._gone, self._hook(on_reconnect)
        self._shards = [Shard(host, self._inboxes.put, *hooks) for host in decode_hosts(hosts)]

    def _shard(self, name: str) -> Shard:
        number: int = _consistent_hash(name, len(self._shards))
        return self._shards[number]

    def _hook(self, hook: Callable[[], Any] | str | None) -> Callable[[], Any]:
        if isinstance(hook, str):
            data = self._outer.serialize({"type": hook})
            return lambda: self._inboxes.put_into_all(data)
        return hook or (lambda: None)

    def _gone(self) -> None:
        self._on_disconnect()
        for lost in list(self._losses.values()):
            lost()

    # -- channels -------------------------------------------------------------------------------------------

    async def send(self, channel: str, message: dict[str, Any]) -> None:
        """Sends to one channel. Raises ``redis.exceptions.ConnectionError`` if it is not known to have gone out."""
        await self._shard(channel).publish(channel, self._outer.serialize(message))

    async def new_channel(self, prefix: str = "specific.") -> str:
        """A channel of this process, which hears from now on."""
        channel = f"{self.prefix}{prefix}{uuid.uuid4().hex}"
        await self._open(channel)
        return channel

    async def receive(self, channel: str) -> Any:
        """The next message. To cancel it ends the channel: Channels has no other word for that.

        What cannot be unpacked is dropped and counted as ``layer_messages_refused``.
        """
        if channel not in self.channels:
            await self._open(channel)
        try:
            return await self._inboxes.get(channel)
        except (asyncio.CancelledError, GeneratorExit):
            await self.forget(channel)
            raise

    def listen(self, channel: str, receive: Callable[[Any], None], lost: Callable[[], None] | None = None) -> None:
        """From now on ``receive(message)`` is called in the call that reads a message, instead of ``receive()``.

        It must not raise, nor wait; a message that cannot be unpacked is dropped and counted. ``lost()`` is called when
        a connection is lost: what is published until it is back is not heard.
        """
        self._inboxes.listen(channel, receive)
        if lost is not None:
            self._losses[channel] = lost

    async def forget(self, channel: str) -> None:
        """Ends a channel."""
        self._losses.pop(channel, None)
        if self._inboxes.close(channel):
            self._shard(channel).unsubscribe(channel)
            self._inboxes.bury_later(self._unsubscribe)

    async def _open(self, channel: str) -> None:
        self._inboxes.open(channel)
        try:
            await self._shard(channel).subscribe(channel)
        except BaseException:
            await self.forget(channel)
            raise

    # -- groups ---------------------------------------------------------------------------------------------

    def _name_of(self, group: str) -> str:
        return f"{self.prefix}__group__{group}"

    def _unsubscribe(self, names: Iterable[str]) -> None:
        for name in names:
            self._shard(name).unsubscribe(name)

    async def group_add(self, group: str, channel: str) -> None:
        """Returns when the channel hears what is sent to the group."""
        if channel not in self.channels:
            raise RuntimeError(f"group_add() takes a channel of this process, from new_channel(), and not {channel!r}")
        name = self._name_of(group)
        was_in = self._inboxes.join(name, channel)
        try:
            await self._shard(name).subscribe(name)
        except BaseException:
            if not was_in:
                await self.group_discard(group, channel)
            raise
        if name not in self.groups:  # it was left meanwhile
            self._unsubscribe([name])

    async def group_discard(self, group: str, channel: str) -> None:
        """Leaves the group; nothing happens if the channel is no member."""
        name = self._name_of(group)
        if self._inboxes.leave(name, channel):
            self._unsubscribe([name])

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        """Sends to all members, in every process. Raises as ``send`` does."""
        name = self._name_of(group)
        await self._shard(name).publish(name, self._outer.serialize(message))

    async def flush(self) -> None:
        """Forgets all channels and groups, and ends the connections; they are made again when they are needed."""
        self._inboxes.clear()
        self._losses.clear()
        for shard in self._shards:
            await shard.close()
