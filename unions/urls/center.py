"""The service center's own pages."""

from django.urls import path

from unions.views import center

app_name = "center"
urlpatterns = [
    path("", center.home, name="home"),
    path("find/region/", center.find_by_region, name="find_by_region"),
    path("find/place/", center.find_by_place, name="find_by_place"),
    path("go/<slug:union>/", center.go, name="go"),
]
