"""Tags and filters that every template has without loading them: parts, icons, addresses."""

import hashlib
import re
from functools import lru_cache
from typing import Any

from django import forms, template
from django.core.paginator import Page
from django.forms import BoundField
from django.http import QueryDict
from django.template.base import FilterExpression, NodeList, Parser, Token, token_kwargs
from django.template.context import Context
from django.utils.formats import localize
from django.utils.safestring import SafeString
from lucide import IconDoesNotExist
from lucide.templatetags.lucide import lucide

from portal import panels as slots
from portal.access import Actor

register = template.Library()


@register.simple_tag
@lru_cache(maxsize=256)
def icon(name: str) -> str:
    """Return a decorative Lucide icon as inline SVG; an unknown name gives a plain dot."""
    try:
        return lucide(str(name), size=None, **{"class": "icon", "aria-hidden": "true"})
    except IconDoesNotExist:
        return lucide("dot", size=None, **{"class": "icon", "aria-hidden": "true"})


class PartNode(template.Node):
    """`{% part "card" title=... %}body{% endpart %}`: a ui part with a body."""

    def __init__(
        self, name: FilterExpression, inputs: dict[str, FilterExpression], nodelist: NodeList
    ):
        self.name, self.inputs, self.nodelist = name, inputs, nodelist

    def render(self, context: Context) -> SafeString:
        part = context.template.engine.get_template(f"ui/{self.name.resolve(context)}.html")  # type: ignore[union-attr]
        values = {key: value.resolve(context) for key, value in self.inputs.items()}
        values["body"] = self.nodelist.render(context)
        return part.render(context.new(values))


@register.tag
def part(parser: Parser, token: Token) -> PartNode:
    """Parse `{% part "name" input=value ... %} body {% endpart %}`."""
    _, name, *bits = token.split_contents()
    inputs = token_kwargs(bits, parser)
    if bits:
        raise template.TemplateSyntaxError(f"part takes name=value inputs, not {bits[0]!r}")
    nodelist = parser.parse(("endpart",))
    parser.delete_first_token()
    return PartNode(parser.compile_filter(name), inputs, nodelist)


@register.simple_tag(takes_context=True)
def panels(context: Context, slot: str, objects: Any = None) -> SafeString:
    """Render every panel of a slot for one object (or for the whole site)."""
    return slots.render(slot, objects, _actor(context), context)


@register.simple_tag(takes_context=True)
def load_panels(context: Context, slot: str, objects: Any) -> "slots.Loaded":
    """Ask every panel of a slot once for a list of objects: `{% load_panels ... as loaded %}`."""
    return slots.load(slot, list(objects), _actor(context))


@register.simple_tag(takes_context=True)
def panel_of(context: Context, loaded: "slots.Loaded", obj: Any) -> SafeString:
    """Render what `load_panels` found for one object of the list."""
    return loaded.render(obj, context)


def _actor(context: Context) -> Actor:
    request = getattr(context, "request", None)
    return Actor.of(request) if request is not None else Actor()


@register.simple_tag(takes_context=True)
def query(context: Context, **changes: Any) -> str:
    """Return this page's query with some values changed; an empty value drops its name."""
    request = getattr(context, "request", None)
    values = request.GET.copy() if request is not None else QueryDict(mutable=True)
    for name, value in changes.items():
        if value in (None, ""):
            values.pop(name, None)
        else:
            values[name] = value
    return "?" + values.urlencode()


@register.simple_tag
def page_range(page: Page) -> list[int | str]:
    return list(page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1))


@register.inclusion_tag("ui/avatar.html")
def avatar(name: str, size: str = "s") -> dict[str, object]:
    """A face drawn from a handle: the same handle gives the same face, nothing is fetched."""
    digest = hashlib.sha256(str(name).lower().encode()).digest()
    return {
        "initial": str(name)[:1].upper(),
        "size": size,
        "hue": digest[0] * 360 // 256,
        "hue2": (digest[0] * 360 // 256 + 25 + digest[1] % 70) % 360,
        "x": 4 + digest[2] % 12,
        "y": 22 + digest[3] % 12,
    }


@register.filter
def field_kind(field: BoundField) -> str:
    """Return how ui/field lays a field out: hidden, check, group or line."""
    widget = field.field.widget
    if widget.is_hidden:
        return "hidden"
    if isinstance(widget, forms.CheckboxInput):
        return "check"
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return "group"
    return "line"


@register.filter
def beside(columns: list[dict], row: list) -> list[tuple]:
    """Return each column of a table with its cell of this row."""
    return list(zip(columns, row, strict=False))


@register.filter
def message_kind(level: str) -> str:
    kinds = {"error": "bad", "warning": "warn", "success": "good"}
    return kinds.get(level.split()[-1] if level else "", "info")


@register.filter
def pattern(word: str) -> str:
    """Return the HTML pattern that only this word matches."""
    return re.sub(r"([^A-Za-z0-9_ ])", r"\\\1", word).replace(r"\-", "-")


@register.filter
def machine(value: Any) -> str:
    """Return a number as HTML attributes want it: no thousands, a point before the fraction."""
    return localize(value, use_l10n=False) if value is not None else ""
