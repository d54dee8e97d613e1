"""Where a browser asks for a way through: STUN, and TURN with credentials that end by themselves.

The credentials are those of coturn's ``use-auth-secret``: the name is ``<expiry>:<user>``, the password the HMAC of
the name. They are worth bandwidth: only who is inside a room gets them.
"""

import base64
import hashlib
import hmac
import time

from voiceroom import conf


def ice_servers(user_id, now=None):
    """(a list for ``RTCPeerConnection``, the seconds it is good for)"""
    ttl = conf.turn_ttl()
    servers = [{"urls": conf.stun_urls()}] if conf.stun_urls() else []
    if conf.turn_urls() and conf.turn_secret():
        name = f"{int((time.time() if now is None else now) + ttl)}:{user_id}"
        servers.append({"urls": conf.turn_urls(), "username": name, "credential": credential(name, conf.turn_secret())})
    return servers, ttl


def credential(name, secret):
    """The password that coturn expects for this name."""
    return base64.b64encode(hmac.new(secret.encode(), name.encode(), hashlib.sha1).digest()).decode()
