"""Conversations of shoppers: below a union, and below their account."""

from django.urls import path

from chat.views.shopper import codes, invitations, members, pages, responses, rooms, steps

app_name = "talk"
HOME = "u/<slug:union>/conversations/"
ONE = f"{HOME}<str:ref>/"
urlpatterns = [
    path("account/memberships/", members.memberships, name="memberships"),
    path("account/memberships/<str:ref>/", members.membership, name="membership"),
    path("u/<slug:union>/code/", codes.enter, name="code"),
    path("u/<slug:union>/code/<str:code>/", codes.link, name="code_link"),
    path("u/<slug:union>/members/", members.plans, name="plans"),
    path("u/<slug:union>/members/<str:ref>/", members.join, name="join"),
    path("u/<slug:union>/<slug:store>/<slug:product>/room/", rooms.room, name="room"),
    path("account/conversations/", pages.account, name="account"),
    path(HOME, pages.home, name="home"),
    path(f"{HOME}window/", pages.window, name="window"),
    path(f"{HOME}about/<str:token>/", responses.talk, name="about_response"),
    path(f"{HOME}invitations/<str:met>/accept/", invitations.accept, name="invitation_accept"),
    path(f"{HOME}invitations/<str:met>/decline/", invitations.decline, name="invitation_decline"),
    path(ONE, pages.conversation, name="conversation"),
    path(f"{ONE}end/", steps.end, name="end"),
    path(f"{ONE}rate/", steps.rate, name="rate"),
    path(f"{ONE}address/", steps.address, name="address"),
    path(f"{ONE}transcript/", steps.transcript, name="transcript"),
    path(f"{ONE}attachments/", steps.attach, name="attach"),
    path(f"{ONE}attachments/<str:file>/", steps.attachment, name="attachment"),
    path(f"{ONE}cards/<int:seq>/", steps.card, name="card"),
]
