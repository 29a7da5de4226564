"""A union's street and its stores. The last two patterns catch what is left, so this comes after all others."""

from django.urls import path

from stores.views.shop import product, reports, search, store, union, urgent

app_name = "shop"
urlpatterns = [
    path("search/", search.everywhere, name="everywhere"),
    path("u/<slug:union>/", union.home, name="home"),
    path("u/<slug:union>/stores/", union.stores, name="stores"),
    path("u/<slug:union>/classes/<str:code>/", union.business_class, name="class"),
    path("u/<slug:union>/urgent/", urgent.page, name="urgent"),
    path("u/<slug:union>/search/", search.in_union, name="search"),
    path("u/<slug:union>/reviews/<uuid:ref>/report/", reports.report, name="report_review"),
    path("u/<slug:union>/<slug:store>/", store.front, name="store"),
    path("u/<slug:union>/<slug:store>/<slug:product>/", product.page, name="product"),
]
