from django.contrib.admin.apps import AdminConfig


class AdministrationConfig(AdminConfig):
    """Django's admin with our own site: who may enter, where one signs in."""

    default_site = "martunion.administration.site.OfficeSite"
