"""A real daphne for tests, in a process of its own on the test database: what ``LiveServerTestCase`` is for WSGI.

``realtime.pytest_plugin`` has it as the fixture ``socketio_server``. docs/how-to/test-your-namespaces.md
"""

HOST = "127.0.0.1"
