"""After the processes could not reach each other: what was said meanwhile has not come, so pages ask for it."""

from realtime import namespace
from voiceroom import live
from voiceroom.consumers import RoomConsumer


async def ask_to_load_again(**kwargs):
    """Everybody who is connected to this process; the other processes tell theirs."""
    await namespace(RoomConsumer).local.to(live.INSIDE).aemit("room:stale")
    await namespace("/").local.to(live.EVERYBODY).aemit("lobby:news")
