"""A service provider's pages: `/provider/<union>/<store>/…`."""

from django.urls import path, re_path

from ascc.views.provider import day, home, prices, record, steps, till

app_name = "provider"
PLACE = "<slug:union>/<slug:store>"
ONE = f"{PLACE}/vouchers/<str:code>"

urlpatterns = [
    path("", home.home, name="home"),
    path("manifest.webmanifest", home.manifest, name="manifest"),
    path("worker.js", home.worker, name="worker"),
    path("offline/", home.offline, name="offline"),
    path(f"{PLACE}/", day.day, name="day"),
    path(f"{PLACE}/apply/", home.apply, name="apply"),
    path(f"{PLACE}/till/", till.till, name="till"),
    path(f"{PLACE}/till/picture/", till.picture, name="till_picture"),
    path(f"{PLACE}/till/hold/", till.hold, name="hold"),
    path(f"{PLACE}/till/redeem/", till.redeem, name="redeem"),
    path(f"{PLACE}/till/<str:ref>/undo/", till.undo, name="undo"),
    path(f"{PLACE}/rewards/", record.rewards, name="rewards"),
    path(f"{PLACE}/rewards/<str:code>/redeem/", record.reward_redeem, name="reward_redeem"),
    path(f"{PLACE}/prices/", prices.prices, name="prices"),
    path(f"{PLACE}/prices/<str:key>/", prices.price, name="price"),
    path(f"{PLACE}/prices/<str:key>/drop/", prices.drop, name="price_drop"),
    path(f"{PLACE}/record/", record.record, name="record"),
    path(f"{PLACE}/record/answer/", record.answer, name="answer"),
    path(f"{ONE}/", day.voucher, name="voucher"),
    path(f"{ONE}/pictures/<str:ref>/", day.picture, name="picture"),
    path(f"{ONE}/evidence/<str:ref>/", day.evidence, name="evidence"),
    path(f"{ONE}/signature/", day.signature, name="signature"),
    re_path(
        rf"^(?P<union>[-\w]+)/(?P<store>[-\w]+)/vouchers/(?P<code>[-\w]+)/(?P<step>{'|'.join(steps.STEPS)})/$",
        steps.step,
        name="step",
    ),
]
