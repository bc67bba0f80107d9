"""Django's admin app, with our site in place of its own: named in `INSTALLED_APPS`."""

from django.contrib.admin.apps import AdminConfig


class StaffAdminConfig(AdminConfig):
    default_site = "accounts.site.StaffSite"
