"""The wallet of vouchers below the account, what their QR codes open; a union's programs and providers."""

from django.urls import path

from ascc.views.customer import choosing, gifts, public, service, terms, wallet

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
    path(f"{ONE}renew/", wallet.renew, name="renew"),
    path(f"{ONE}voucher.pdf", wallet.paper, name="paper"),
    path(f"{ONE}photo/", wallet.photo, name="photo"),
    path(f"{ONE}give/", gifts.give, name="give"),
    path(f"{ONE}keep/", gifts.keep, name="keep"),
    path(f"{ONE}skip/", service.skip, name="skip"),
    path(f"{ONE}send/<str:ref>/", choosing.send, name="send"),
    path(f"{ONE}invite/", choosing.invite, name="invite"),
    path(f"{ONE}back/", choosing.back, name="back"),
    path(f"{ONE}confirm/", service.confirm, name="confirm"),
    path(f"{ONE}extra/refuse/", service.refuse_extra, name="refuse_extra"),
    path(f"{ONE}one-time-code/", service.one_time_code, name="one_time_code"),
    path(f"{ONE}dispute/", service.dispute, name="dispute"),
    path(f"{ONE}evidence/", service.evidence, name="evidence"),
    path(f"{ONE}evidence/<str:ref>/", service.evidence_kept, name="evidence_kept"),
    path(f"{ONE}pictures/<str:ref>/", service.picture, name="picture"),
    path(f"{ONE}assess/", service.assess, name="assess"),
    path(f"{ONE}rewards/<str:incentive>/", service.give, name="give_incentive"),
    path("u/<slug:union>/providers/", choosing.providers, name="providers"),
    path("u/<slug:union>/providers/<str:ref>/", choosing.provider, name="provider"),
    path("u/<slug:union>/providers/ask/<str:code>/", choosing.ask, name="ask"),
    path("u/<slug:union>/programs/<str:ref>/", terms.program, name="program"),
    path("v/", public.find, name="find"),
    path("v/<str:code>/", public.public, name="public"),
    path(".well-known/jwks.json", public.keys, name="keys"),
]
