"""``{% load realtime %}``: the client's script and its configuration on a page."""

from django import template
from django.template.context import Context
from django.utils.html import format_html, json_script
from django.utils.safestring import mark_safe

from realtime import conf

register = template.Library()

BUNDLES = {
    "": "socket.io.min.js",
    "debug": "socket.io.js",
    "esm": "socket.io.esm.min.js",
    "msgpack": "socket.io.msgpack.min.js",
}


@register.simple_tag(takes_context=True)
def socketio_client(context: Context, variant: str = "", defer: bool = False) -> str:
    """The script tag of the official client, which the engine serves under its own path.

    ``variant``: ``"debug"`` (not minified), ``"msgpack"`` (with that parser), ``"esm"`` (an import map, so that
    ``import { io } from "socket.io-client"`` works in the page's modules). ``defer`` as in HTML. A CSP nonce is taken
    from the template context or from the request, whatever Content Security Policy package has put it there.
    """
    if variant not in BUNDLES:
        raise template.TemplateSyntaxError(f"socketio_client knows the variants {', '.join(filter(None, BUNDLES))}.")
    url = conf.options().path + BUNDLES[variant]
    nonce = _nonce(context)
    attributes = format_html(' nonce="{}"', nonce) if nonce else ""
    if variant == "esm":
        return _import_map(url, attributes)
    return format_html('<script src="{}"{}{}></script>', url, " defer" if defer else "", attributes)


@register.simple_tag
def socketio_config(element_id: str = "socketio-config") -> str:
    """What a page's script needs to connect, as JSON in a script element: ``{"path": "/socket.io/"}``.

    In JavaScript: ``io(JSON.parse(document.getElementById("socketio-config").textContent))``.
    """
    return json_script({"path": conf.options().path}, element_id)


def _import_map(url: str, attributes: str) -> str:
    # json_script escapes what could end the element, but gives it another type.
    body = json_script({"imports": {"socket.io-client": url}}).partition(">")[2]
    return format_html('<script type="importmap"{}>{}', attributes, mark_safe(body))


def _nonce(context: Context) -> str:
    nonce = context.get("csp_nonce") or getattr(context.get("request"), "csp_nonce", None)
    return str(nonce) if nonce else ""
