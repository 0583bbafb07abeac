"""What can be found: one row for each thing, its words cut in Python, and who may see it."""

from django.db import models


class SearchEntry(models.Model):
    """One findable thing. `head` and `words` are cut texts; the index over them is per vendor."""

    kind = models.CharField(max_length=40)
    ref = models.CharField(max_length=200)
    title = models.CharField(max_length=250)
    excerpt = models.CharField(max_length=600, blank=True)
    url = models.CharField(max_length=500)
    head = models.TextField()
    words = models.TextField()
    is_public = models.BooleanField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "ref"], name="one_search_entry_per_thing")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.ref}"


class SearchReader(models.Model):
    """Somebody who may see an entry that is not public: `person:<id>` or `organisation:<id>`."""

    entry = models.ForeignKey(SearchEntry, on_delete=models.CASCADE, related_name="readers")
    key = models.CharField(max_length=40)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "entry"], name="one_search_reader_per_entry")
        ]

    def __str__(self) -> str:
        return f"{self.key} may see {self.entry_id}"
