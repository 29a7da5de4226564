"""The calls' part of `/manage/…`; `martunion.urls.manage` puts it together with the other parts."""

from django.urls import path, re_path

from matching.views.manage import calls, figures, signals

HERE = "<slug:union>/<slug:store>/"
SLUGS = r"^(?P<union>[-\w]+)/(?P<store>[-\w]+)/calls"

urlpatterns = [
    path(f"{HERE}calls/", calls.calls, name="calls"),
    path(f"{HERE}calls/open/", calls.open_calls, name="calls_open"),
    path(f"{HERE}calls/figures/", figures.figures, name="call_figures"),
    re_path(rf"{SLUGS}/figures\.(?P<shape>csv|xlsx)$", figures.export, name="call_export"),
    path(f"{HERE}calls/<str:ref>/", calls.call, name="call"),
    path(f"{HERE}calls/<str:ref>/pictures/<str:picture>/", calls.picture, name="call_picture"),
    path(f"{HERE}calls/<str:ref>/decline/", calls.decline, name="call_decline"),
    path(f"{HERE}calls/<str:ref>/withdraw/", calls.withdraw, name="call_withdraw"),
    path(f"{HERE}signals/", signals.signals, name="signals"),
    path(f"{HERE}signals/add/", signals.subscribe, name="signal_add"),
    path(f"{HERE}signals/remove/", signals.unsubscribe, name="signal_remove"),
]
