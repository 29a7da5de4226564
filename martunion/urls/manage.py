"""The store management pages, one namespace from the apps that make them."""

from ascc.urls.manage import urlpatterns as care_pages
from chat.urls.manage import urlpatterns as talk_pages
from matching.urls.manage import urlpatterns as call_pages
from orders.urls.manage import urlpatterns as orders_pages
from stores.urls.manage import urlpatterns as stores_pages

app_name = "manage"
# The stores' fixed words come first: the orders' dashboard takes any two names.
urlpatterns = [*stores_pages, *talk_pages, *care_pages, *call_pages, *orders_pages]
