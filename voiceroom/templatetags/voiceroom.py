"""People in templates: a name, initials and a colour."""

from django import template

from voiceroom import wire

register = template.Library()


@register.filter
def display_name(user):
    """The name that others see."""
    return wire.person(user)["name"]


@register.filter
def tint(user):
    """The number of the avatar's colour."""
    return wire.person(user)["tint"]


@register.filter
def initials(name):
    """One or two letters of a name; the first character alone where names have no spaces."""
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()
