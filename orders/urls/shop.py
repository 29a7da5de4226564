"""Cart, checkout and tracking below a union; a person's orders below the account."""

from django.urls import path

from orders.views import bills, cart, checkout, reviews, tracking

app_name = "orders"
urlpatterns = [
    path("account/orders/", tracking.orders, name="list"),
    path("account/orders/<str:number>/", tracking.order, name="order"),
    path("account/payments/", bills.bills, name="bills"),
    path("account/payments/<str:number>/", bills.bill, name="bill"),
    path("u/<slug:union>/cart/", cart.cart, name="cart"),
    path("u/<slug:union>/cart/add/", cart.add, name="add"),
    path("u/<slug:union>/cart/lines/<int:line>/", cart.change, name="change"),
    path("u/<slug:union>/cart/lines/<int:line>/remove/", cart.remove, name="remove"),
    path("u/<slug:union>/checkout/", checkout.checkout, name="checkout"),
    path("u/<slug:union>/checkout/review/", checkout.review, name="review"),
    path("u/<slug:union>/checkout/place/", checkout.place, name="place"),
    path("u/<slug:union>/track/<str:token>/", tracking.track, name="track"),
    path("u/<slug:union>/track/<str:token>/receipt/", tracking.receipt, name="receipt"),
    path("u/<slug:union>/track/<str:token>/receipt.pdf", tracking.receipt_file, name="receipt_file"),
    path("u/<slug:union>/track/<str:token>/refill/", tracking.refill, name="refill"),
    path("u/<slug:union>/track/<str:token>/back/", tracking.back, name="back"),
    path("u/<slug:union>/track/<str:token>/otherwise/", tracking.otherwise, name="otherwise"),
    path("u/<slug:union>/track/<str:token>/<str:number>/cancel/", tracking.cancel, name="cancel"),
    path("u/<slug:union>/track/<str:token>/<str:number>/received/", tracking.received, name="received"),
    path("u/<slug:union>/track/<str:token>/<str:number>/review/<int:line>/", reviews.write_review, name="write_review"),
]
