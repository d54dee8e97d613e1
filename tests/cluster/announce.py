"""python -m tests.cluster.announce <namespace> <room> <event> <argument>: what a shell or a cron job would do."""

import sys

import django

if __name__ == "__main__":
    django.setup()

    from realtime import namespace

    path, room, event, argument = sys.argv[1:]
    namespace(path).to(room).emit(event, argument, b"\x00\xff")
