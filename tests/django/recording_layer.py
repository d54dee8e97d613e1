"""Channel layers of other processes: one that keeps what it is given, and one that is down."""

from channels.layers import BaseChannelLayer, InMemoryChannelLayer

sent = []  # (group, message)


class RecordingLayer(BaseChannelLayer):
    def __init__(self):
        super().__init__()

    async def group_send(self, group, message):
        sent.append((group, message))


class LayerThatIsDown(RecordingLayer):
    async def group_send(self, group, message):
        raise ConnectionError("the layer is down")


class EmptyLayer(InMemoryChannelLayer):
    """One on which there could be others, and nobody is."""
