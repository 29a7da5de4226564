from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("", views.home, name="home"),
    path("profile/", views.profile, name="profile"),
    path("language/", views.language, name="language"),
    path("addresses/", views.addresses, name="addresses"),
    path("addresses/new/", views.new_address, name="new_address"),
    path("addresses/<uuid:key>/", views.address, name="address"),
    path("addresses/<uuid:key>/first/", views.address_first, name="address_first"),
    path("addresses/<uuid:key>/remove/", views.address_remove, name="address_remove"),
]
