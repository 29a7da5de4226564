"""The orders' part of `/manage/…`; `martunion.urls_manage` puts it together with the stores' part."""

from django.urls import path, re_path

from orders.views import manage

STORE = "<slug:union>/<slug:store>"
STEPS = "|".join([*manage.PLAIN_STEPS, "ship", "cancel"])

urlpatterns = [
    path(f"{STORE}/", manage.dashboard, name="dashboard"),
    path(f"{STORE}/orders/", manage.orders, name="orders"),
    path(f"{STORE}/orders/<str:number>/", manage.order, name="order"),
    path(f"{STORE}/orders/<str:number>/slip/", manage.packing_slip, name="packing_slip"),
    re_path(
        rf"^(?P<union>[-\w]+)/(?P<store>[-\w]+)/orders/(?P<number>[-\w]+)/(?P<step>{STEPS})/$",
        manage.order_step,
        name="order_step",
    ),
]
