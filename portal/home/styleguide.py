"""Sample values for the style guide: every part in every state, with made-up content."""

import datetime as dt

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from portal.clock import db_now


class SampleForm(forms.Form):
    name = forms.CharField(label=_("Name"), help_text=_("Letters, digits, dots and dashes."))
    website = forms.URLField(label=_("Website"), required=False, assume_scheme="https")
    about = forms.CharField(label=_("About"), required=False, widget=forms.Textarea)
    visibility = forms.ChoiceField(
        label=_("Visibility"),
        choices=[("public", _("Everyone can see it")), ("private", _("Only its members see it"))],
        widget=forms.RadioSelect,
    )
    task = forms.ChoiceField(
        label=_("Task"), choices=[("", _("Any task")), ("ner", _("Token classification"))]
    )
    agree = forms.BooleanField(label=_("I have read the licence and accept it"))


def samples(request: HttpRequest) -> dict[str, object]:
    now = db_now()
    wrong = SampleForm({"website": "not an address"}, auto_id="wrong_%s")
    wrong.is_valid()
    return {
        "form": SampleForm(),
        "wrong": wrong,
        "tabs": [
            {"label": _("Model card"), "url": "#tabs", "icon": "file-text", "current": True},
            {"label": _("Files"), "url": "#tabs", "icon": "folder", "count": 12},
            {"label": _("Commits"), "url": "#tabs", "icon": "history", "count": 1840},
        ],
        "crumbs": [
            {"label": "maker", "url": "#"},
            {"label": "MiniLM", "url": "#"},
            {"label": "config.json", "url": ""},
        ],
        "columns": [{"label": _("Model")}, {"label": _("Score"), "number": True}],
        "rows": [["maker/minilm-reviews", "0.874"], ["voter/minilm-ner", "0.401"]],
        "page": Paginator(range(500), 30).page(4),
        "items": [
            {
                "title": _("Submitted"),
                "who": "maker",
                "when": now - dt.timedelta(hours=5),
                "icon": "upload",
            },
            {
                "title": _("Files checked"),
                "when": now - dt.timedelta(hours=4),
                "icon": "shield-check",
                "kind": "good",
                "text": _("No executable content."),
            },
            {
                "title": _("Evaluated"),
                "when": now - dt.timedelta(minutes=3),
                "icon": "gauge",
                "kind": "accent",
            },
        ],
        "kinds": ["info", "good", "warn", "bad", "accent"],
        "when": now - dt.timedelta(minutes=3),
        "colours": [
            "paper",
            "raised",
            "sunk",
            "hover",
            "ink",
            "quiet",
            "line",
            "edge",
            "accent",
            "ochre",
            "info",
            "good",
            "warn",
            "bad",
        ],
    }
