"""Where a browser asks for a way through: STUN, and TURN with credentials that end by themselves.

The credentials are those of coturn's ``use-auth-secret``: the name is ``<expiry>:<user>``, the password the HMAC of
the name. They are worth bandwidth: only who is inside a room gets them.
"""

import base64
import hashlib
import hmac
import time

from voiceroom import conf


def ttl():
    """Seconds for which credentials are good, 5 to 10 minutes whatever the setting says."""
    return min(600, max(300, conf.options().turn_ttl))


def ice_servers(user_id, now=None):
    """(a list for ``RTCPeerConnection``, the seconds it is good for)"""
    options, seconds = conf.options(), ttl()
    servers = [{"urls": list(options.stun_urls)}] if options.stun_urls else []
    if options.turn_urls and options.turn_secret:
        name = f"{int((time.time() if now is None else now) + seconds)}:{user_id}"
        password = credential(name, options.turn_secret)
        servers.append({"urls": list(options.turn_urls), "username": name, "credential": password})
    return servers, seconds


def credential(name, secret):
    """The password that coturn expects for this name."""
    return base64.b64encode(hmac.new(secret.encode(), name.encode(), hashlib.sha1).digest()).decode()
