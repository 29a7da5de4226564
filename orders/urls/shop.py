"""Cart, checkout, tracking and reservations below a union; a person's own below the account."""

from django.urls import path, re_path

from orders.views import bills, booking, cart, checkout, proposals, reservations, reviews, tracking

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
    path("account/proposals/", proposals.listing, name="proposals"),
    path("u/<slug:union>/proposals/at/<slug:store>/<slug:product>/", proposals.offer, name="offer_price"),
    path("u/<slug:union>/proposals/<str:token>/", proposals.proposal, name="proposal"),
    re_path(
        rf"^u/(?P<union>[-\w]+)/proposals/(?P<token>[-\w]+)/(?P<step>{'|'.join([*proposals.STEPS, 'order'])})/$",
        proposals.step,
        name="proposal_step",
    ),
    path("account/reservations/", reservations.listing, name="reservations"),
    path("u/<slug:union>/reservations/at/<slug:store>/", booking.bookables, name="bookables"),
    path("u/<slug:union>/reservations/at/<slug:store>/<slug:product>/", booking.product, name="book_product"),
    path("u/<slug:union>/reservations/new/<str:key>/", booking.book, name="book"),
    path("u/<slug:union>/reservations/<str:token>/", reservations.reservation, name="reservation"),
    path("u/<slug:union>/reservations/<str:token>/move/", reservations.move, name="reservation_move"),
    path("u/<slug:union>/reservations/<str:token>/calendar.ics", reservations.calendar, name="reservation_calendar"),
    re_path(
        rf"^u/(?P<union>[-\w]+)/reservations/(?P<token>[-\w]+)/(?P<step>{'|'.join(reservations.STEPS)})/$",
        reservations.step,
        name="reservation_step",
    ),
]
