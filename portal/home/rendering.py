"""How Django draws our forms: every `{{ form }}` goes through ui/form and ui/field."""

from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    form_template_name = "ui/form.html"
    field_template_name = "ui/field.html"
