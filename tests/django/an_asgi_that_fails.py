"""An asgi.py that cannot be imported."""

raise ZeroDivisionError("division by zero in asgi.py")
