"""What the mesh remembers."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class MeshPeer(models.Model):
    """A tab in the media mesh of its room: it may signal to the others, and they to it."""

    room = models.ForeignKey("Room", models.CASCADE, related_name="mesh_peers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    tab = models.CharField(max_length=24)
    publishes = models.BooleanField(default=False)
    away_since = models.DateTimeField(null=True)
    entered = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["entered", "pk"]
        constraints = [models.UniqueConstraint(fields=["room", "tab"], name="once_in_the_mesh")]

    def __str__(self):
        return f"{self.room} · {self.tab}"
