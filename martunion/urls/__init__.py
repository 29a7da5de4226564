"""All addresses of the platform; each app's own stand in its urls."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.static import serve

from martunion import operations

urlpatterns: list[URLPattern | URLResolver] = [
    path("favicon.ico", operations.favicon),
    path("admin/", admin.site.urls),
    path("api/v1/", include("martunion.api")),
    path("", include("payments.urls")),
    path("account/", include("accounts.urls")),
    path("", include("orders.urls.shop")),
    path("", include("chat.urls.talk")),
    path("", include("ascc.urls.customer")),
    path("", include("matching.urls.shopper")),
    path("account/", include("allauth.urls")),
    path("", include("unions.urls.center")),
    path("", include("unions.urls.union")),
    path("manage/", include("martunion.urls.manage")),
    path("provider/", include("ascc.urls.provider")),
]
if settings.ON_LAPTOP:
    urlpatterns.append(path("look/", include("martunion.look")))
    # In production the proxy hands out pictures.
    urlpatterns.append(path("media/<path:path>", serve, {"document_root": settings.MEDIA_ROOT}))
# Last: a store's and a product's address would take every other one of its union.
urlpatterns.append(path("", include("stores.urls.shop")))

handler500 = "martunion.api.failed"
