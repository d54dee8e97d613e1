"""Deeds for a consumer class: each hub does them in those of its own namespaces that lead to the class.

Which children a dynamic namespace has is known only where clients have joined them, so it is the class that travels.
Its path is looked up in the routes, never imported.
"""

from realtime.members import classes
from realtime.routes import namespaces_of

if namespaces_of not in classes:
    classes.append(namespaces_of)
