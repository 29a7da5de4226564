"""A shopper's wishes and the answers to them, below a union."""

from django.urls import path

from matching.views import remembered, wishes

app_name = "matching"
HERE = "u/<slug:union>/match/"
urlpatterns = [
    path(HERE, wishes.home, name="home"),
    path("account/wishes/", remembered.account, name="account"),
    path(f"{HERE}quiet/<str:token>/", remembered.quiet, name="quiet"),
    path(f"{HERE}<str:ref>/", wishes.wish, name="wish"),
    path(f"{HERE}<str:ref>/answers/", wishes.answers, name="answers"),
    path(f"{HERE}<str:ref>/pictures/<str:picture>/", remembered.picture, name="picture"),
    path(f"{HERE}<str:ref>/forget/", remembered.forget, name="forget"),
    path(f"{HERE}<str:ref>/cancel/", wishes.cancel, name="cancel"),
    path(f"{HERE}<str:ref>/use/<str:answer>/", wishes.use, name="use"),
    path(f"{HERE}<str:ref>/ask/<str:answer>/", wishes.ask, name="ask"),
]
