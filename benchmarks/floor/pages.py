"""A bare list of 24 rows and a bare page of one, straight from SQL into a template."""

import os

from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

LIST = """
SELECT p.slug, p.title, s.slug, s.name, p.price_from, p.cover, p.rating_sum, p.rating_count, p.in_stock
FROM stores_product p JOIN stores_store s ON s.id = p.store_id
WHERE p.union_id = (SELECT id FROM unions_union WHERE slug = %s) AND p.is_published
ORDER BY p.created_at DESC, p.id DESC LIMIT 24
"""
ONE = """
SELECT p.slug, p.title, p.description, s.name, v.price, l.available
FROM stores_product p JOIN stores_store s ON s.id = p.store_id JOIN stores_variant v ON v.product_id = p.id
JOIN stores_stocklevel l ON l.variant_id = v.id
WHERE p.union_id = (SELECT id FROM unions_union WHERE slug = %s) AND s.slug = %s AND p.slug = %s
"""


def goods(request: HttpRequest, union: str) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute(LIST, [union])
        return render(request, "list.html", {"rows": cursor.fetchall()})


def good(request: HttpRequest, union: str, store: str, product: str) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute(ONE, [union, store, product])
        return render(request, "one.html", {"row": cursor.fetchone()})


urlpatterns = [path("u/<union>/", goods), path("u/<union>/<store>/<product>/", good)]

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.floor.settings")
application = get_wsgi_application()
