"""The wallet of vouchers below the account, what their QR codes open, and the terms of programs below a union."""

from django.urls import path

from ascc.views.customer import gifts, public, terms, wallet

app_name = "care"
ONE = "account/vouchers/<str:code>/"
urlpatterns = [
    path("account/vouchers/", wallet.listing, name="wallet"),
    path("account/vouchers/gifts/<str:token>/", gifts.gift, name="gift"),
    path("account/vouchers/gifts/<str:token>/accept/", gifts.accept, name="gift_accept"),
    path("account/vouchers/gifts/<str:token>/decline/", gifts.decline, name="gift_decline"),
    path(ONE, wallet.voucher, name="voucher"),
    path(f"{ONE}activate/", wallet.activate, name="activate"),
    path(f"{ONE}qr.svg", wallet.qr, name="qr"),
    path(f"{ONE}voucher.pdf", wallet.paper, name="paper"),
    path(f"{ONE}photo/", wallet.photo, name="photo"),
    path(f"{ONE}give/", gifts.give, name="give"),
    path(f"{ONE}keep/", gifts.keep, name="keep"),
    path("u/<slug:union>/programs/<str:ref>/", terms.program, name="program"),
    path("v/", public.find, name="find"),
    path("v/<str:code>/", public.public, name="public"),
    path(".well-known/jwks.json", public.keys, name="keys"),
]
