"""Who likes which repo."""

from django.conf import settings
from django.db import models

from models_registry.models.repos import Repo


class Like(models.Model):
    """This person likes this repo, for whoever may see the repo. `Repo.likes` counts the rows."""

    repo = models.ForeignKey(
        Repo, on_delete=models.CASCADE, related_name="liked_by", db_index=False
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="likes"
    )
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["repo", "person"], name="one_like_each")]

    def __str__(self) -> str:
        return f"{self.person_id} likes {self.repo_id}"
