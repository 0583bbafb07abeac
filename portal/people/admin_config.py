"""Django's admin with our site class. Imported before the models are."""

from django.contrib.admin.apps import AdminConfig


class CommonholdAdminConfig(AdminConfig):
    default_site = "portal.people.admin_site.Site"
