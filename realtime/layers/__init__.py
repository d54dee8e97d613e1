"""A Redis channel layer for many messages: ``"BACKEND": "realtime.layers.RedisPubSubChannelLayer"``.

It needs ``pip install "socketio-django[redis]"`` (channels-redis and hiredis).
"""

from .pubsub import RedisPubSubChannelLayer

__all__ = ["RedisPubSubChannelLayer"]
