"""All addresses of the platform; each app's own stand in its urls.py."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.i18n import set_language

urlpatterns = [
    path("language/", set_language, name="set_language"),
    path("admin/", admin.site.urls),
    path("", include("payments.urls")),
    path("account/", include("allauth.urls")),
    path("manage/", include("martunion.urls_manage")),
]
if settings.DEBUG:
    urlpatterns.append(path("look/", include("martunion.look")))
