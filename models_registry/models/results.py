"""What the files under `.eval_results/` of a repo's newest revision say."""

from django.db import models

from models_registry.models.repos import Repo


class EvalResult(models.Model):
    """One entry of one file. `dataset`: what it is about, in lower case; `data`: as it was read.

    `verified`: this portal signed it, for this repo and this value. A file that cannot be read has
    one row with its `error` and no data set.
    """

    repo = models.ForeignKey(Repo, on_delete=models.CASCADE, related_name="results", db_index=False)
    filename = models.CharField(max_length=255)
    place = models.PositiveSmallIntegerField()
    dataset = models.CharField(max_length=193, blank=True)
    value = models.FloatField(null=True)
    data = models.JSONField(default=dict)
    verified = models.BooleanField(default=False)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["repo", "filename", "place"], name="one_result_a_place")
        ]
        indexes = [
            models.Index(fields=["dataset", "-verified", "-value"], name="result_of_dataset")
        ]

    def __str__(self) -> str:
        return f"{self.repo_id} {self.filename}: {self.value}"
