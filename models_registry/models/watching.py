"""Who wants to hear of a repo."""

from django.conf import settings
from django.db import models

from models_registry.models.repos import Repo


class Watch(models.Model):
    """This person is told of new revisions and licences of this repo. Only they see that."""

    repo = models.ForeignKey(Repo, on_delete=models.CASCADE, related_name="watches")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="watches"
    )
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["repo", "person"], name="one_watch_each")]

    def __str__(self) -> str:
        return f"{self.person_id} watches {self.repo_id}"
