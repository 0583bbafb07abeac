from django import forms
from django.utils.translation import gettext_lazy as _

from finetuning.benchmarks.models import Benchmark


class SubmissionForm(forms.Form):
    """Which revision of which model, for which benchmark."""

    repo = forms.CharField(
        label=_("Model"),
        max_length=193,
        help_text=_("As owner/name. You must be able to write it."),
    )
    benchmark = forms.ModelChoiceField(
        label=_("Benchmark"), queryset=Benchmark.objects.all(), to_field_name="slug"
    )
    revision = forms.CharField(
        label=_("Revision"),
        max_length=200,
        required=False,
        help_text=_(
            "A branch, tag or commit; the newest commit if empty. The commit is fixed now: what "
            "you push later is not evaluated by this submission."
        ),
    )
    base = forms.CharField(
        label=_("Base model"),
        max_length=193,
        required=False,
        help_text=_("Only needed when the card does not name it as base_model."),
    )
