"""A project that says nothing."""

SECRET_KEY = "of the tests"
INSTALLED_APPS = ["realtime"]
