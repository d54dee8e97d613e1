"""Streams on the wire of npm socket.io-stream 0.9.1: ``class Files(StreamsMixin, NamespaceConsumer)``."""

from realtime.streams.consumer import StreamsMixin
from realtime.streams.stream import Stream, StreamError

__all__ = ["Stream", "StreamError", "StreamsMixin"]
