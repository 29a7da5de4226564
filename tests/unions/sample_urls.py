"""A small URL configuration in the platform's shape, so that the tests of domains depend on no other page."""

from django.http import HttpResponse
from django.template import engines
from django.urls import include, path


def show(request, **kwargs):
    page = engines["django"].from_string(
        "{% url 'shop:home' union=mine %} {% url 'shop:product' mine 'tea' 'oolong' %} "
        "{% url 'shop:store' union='busan' store='tea' %} {% url 'orders:cart' union=mine %} {% url 'orders:mine' %} "
        "{% url 'center:home' %} {% url 'shop:everywhere' %} {% url 'unions:page' union=mine slug='about' %}"
    )
    links = page.render({"mine": request.union.slug if request.union else "kaohsiung"}, request)
    name = request.resolver_match.view_name
    return HttpResponse(f"{name} {sorted(kwargs.items())} | {links}")


center = ([path("", show, name="home"), path("go/<slug:union>/", show, name="go")], "center")
orders = ([path("u/<slug:union>/cart/", show, name="cart"), path("account/orders/", show, name="mine")], "orders")
unions = ([path("pages/<slug:slug>/", show, name="page")], "unions")
shop = (
    [
        path("search/", show, name="everywhere"),
        path("u/<slug:union>/", show, name="home"),
        path("u/<slug:union>/search/", show, name="search"),
        path("u/<slug:union>/<slug:store>/", show, name="store"),
        path("u/<slug:union>/<slug:store>/<slug:product>/", show, name="product"),
    ],
    "shop",
)
urlpatterns = [
    path("", include(center)),
    path("", include(orders)),
    path("u/<slug:union>/", include(unions)),
    path("manage/<slug:union>/", show, name="manage"),
    path("", include(shop)),
]
