"""The root of the REST API: every address below /api/v1/."""

from typing import Any

from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView
from rest_framework import exceptions
from rest_framework.request import Request

from core.api.endpoint import Endpoint
from stores.api import goods, stock, stores
from unions import api as unions


@extend_schema(exclude=True)
class Nothing(Endpoint):
    """Every other address below the API is answered with a problem document, not with a page."""

    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise exceptions.NotFound


of_union: list[URLPattern | URLResolver] = [
    path("", unions.UnionDetail.as_view()),
    path("classes/", stores.ClassList.as_view()),
    path("stores/", stores.StoreList.as_view()),
    path("stores/<slug:store>/", stores.StoreDetail.as_view()),
    path("products/", goods.ProductList.as_view()),
    path("products/<slug:store>/<slug:product>/", goods.ProductDetail.as_view()),
    path("prices/<path:sku>/", goods.PriceDetail.as_view()),
    path("stock/", stock.StockList.as_view()),
    path("stock/<path:sku>/movements/", stock.MovementList.as_view()),
    path("stock/<path:sku>/", stock.StockDetail.as_view()),
]

app_name = "api"
urlpatterns: list[URLPattern | URLResolver] = [
    path("schema/", SpectacularJSONAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api:schema"), name="docs"),
    path("unions/", unions.UnionList.as_view()),
    path("unions/nearest/", unions.NearestUnions.as_view()),
    path("unions/<slug:union>/", include(of_union)),
    re_path(r"", Nothing.as_view()),
]
