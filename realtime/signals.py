"""Django signals of the library. Floor 2: imports Django's dispatcher and nothing of ours."""

from django.dispatch import Signal

server_side_event = Signal()
"""Another process called ``server_side_emit``: sender is the namespace's name, ``event`` a str, ``args`` a list."""
