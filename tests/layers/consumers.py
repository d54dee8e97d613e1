"""Consumers as the documentation of Channels has them, for a server with any layer."""

import json
import os

import django
from channels.consumer import SyncConsumer
from channels.generic.websocket import AsyncJsonWebsocketConsumer, WebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.urls import path

BACKENDS = {
    "ours": "realtime.layers.RedisPubSubChannelLayer",
    "stock": "channels_redis.pubsub.RedisPubSubChannelLayer",
}


def layers(kind, url):
    """CHANNEL_LAYERS with this layer."""
    return {"default": {"BACKEND": BACKENDS[kind], "CONFIG": {"hosts": [url], "prefix": "consumers"}}}


class Chat(AsyncJsonWebsocketConsumer):
    groups = ["everybody"]

    async def connect(self):
        self.room = self.scope["url_route"]["kwargs"]["room"]
        await self.channel_layer.group_add(self.room, self.channel_name)
        await self.accept()
        await self.send_json({"channel": self.channel_name})

    async def receive_json(self, content):
        to, message = content.get("to"), {"type": "chat.message", "text": content["text"]}
        if to:
            await self.channel_layer.send(to, message)
        else:
            await self.channel_layer.group_send(content.get("group", self.room), message)

    async def chat_message(self, event):
        await self.send_json({"text": event["text"]})

    async def disconnect(self, code):
        await self.channel_layer.group_discard(self.room, self.channel_name)


class SyncChat(WebsocketConsumer):
    def connect(self):
        from asgiref.sync import async_to_sync

        self.layer = self.channel_layer
        self.add, self.give = async_to_sync(self.layer.group_add), async_to_sync(self.layer.group_send)
        self.add(self.scope["url_route"]["kwargs"]["room"], self.channel_name)
        self.accept()
        self.send(json.dumps({"channel": self.channel_name}))

    def receive(self, text_data=None, bytes_data=None):
        content = json.loads(text_data)
        self.give(content.get("group", self.scope["url_route"]["kwargs"]["room"]), {"type": "chat.message", **content})

    def chat_message(self, event):
        self.send(json.dumps({"text": event["text"]}))


class Worker(SyncConsumer):
    def job(self, message):
        self.send({"type": "done", "number": message["number"]})


routes = URLRouter([path("<room>", Chat.as_asgi()), path("sync/<room>", SyncChat.as_asgi())])

if os.environ.get("LAYER"):  # under a server
    from django.conf import settings

    django.setup()
    settings.CHANNEL_LAYERS = layers(os.environ["LAYER"], os.environ["REDIS"])
    application = ProtocolTypeRouter({"websocket": routes})
