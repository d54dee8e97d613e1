#!/usr/bin/env python3
"""Django's command line for the demo project. `demo` and `test` first set the checkout up where Django is missing."""

import os
import sys


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voiceroom.settings")
    try:
        from django.core.management import execute_from_command_line
    except ModuleNotFoundError:
        import bootstrap

        sys.exit(bootstrap.main(sys.argv))  # comes back here inside .venv
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:  # whoever presses Ctrl-C asked for an end, not for a traceback
        print("Stopped.", file=sys.stderr)
        sys.exit(130)
