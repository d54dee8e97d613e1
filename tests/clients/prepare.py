"""python -m tests.clients.prepare: the tables, and the users, whose passwords are their names."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.clients.settings")

CHANGERS = tuple(f"changer{i}" for i in range(20))  # each changes the password in one test
USERS = ("ada", "bob", *CHANGERS)


def main():
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)

    from django.contrib.auth.models import User

    for name in USERS:
        User.objects.create_user(name, password=name)


if __name__ == "__main__":
    main()
