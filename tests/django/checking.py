"""What our checks find in the settings of a project, and the layers that it may have."""

from django.core import checks

PUBSUB = "realtime.layers.RedisPubSubChannelLayer"
IN_MEMORY = "channels.layers.InMemoryChannelLayer"


def layers(backend, **config):
    return {"default": {"BACKEND": backend, "CONFIG": config}}


def found(deploy=False):
    """id -> message of what our checks say."""
    said = checks.run_checks(include_deployment_checks=deploy)
    return {message.id: message for message in said if message.id.startswith("realtime.")}
