"""Clients that are connected."""

from realtime.testing import NamespaceCommunicator


async def come(consumer, name="/chat", auth=None, **more):
    """A client in this namespace of the consumer."""
    return await NamespaceCommunicator(consumer.as_asgi(), name, **more).connect(auth)
