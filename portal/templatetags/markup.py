"""`{% load markup %}{{ text|markdown }}` or `{{ text|markdown:base }}`"""

from django import template
from django.utils.safestring import SafeString

from portal.markup import Base, render

register = template.Library()


@register.filter
def markdown(text: str | None, base: Base | None = None) -> SafeString:
    """Return a member's Markdown as HTML that can do nothing; `base` resolves its addresses."""
    return render(text or "", base=base or Base())
