"""All addresses of the platform; each app's own stand in its urls.py."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from martunion import operations

urlpatterns = [
    path("healthz", operations.healthz),
    path("readyz", operations.readyz),
    path("metrics", operations.metrics),
    path("admin/", admin.site.urls),
    path("account/", include("allauth.urls")),
]
if settings.DEBUG:
    urlpatterns.append(path("look/", include("martunion.look")))
