"""The console and its settings below `/manage/…`; `-` in the store's place is the union's own support."""

from django.urls import path, re_path

from chat.views.console import answers, asides, codes, members, pages, push, rooms, rules, settings, wall

PLACE = "<slug:union>/<slug:store>"
ONE = f"{PLACE}/console/<str:ref>"

urlpatterns = [
    path("manifest.webmanifest", push.manifest, name="manifest"),
    path("icon-192.png", push.icon, {"size": 192}, name="icon_192"),
    path("icon-512.png", push.icon, {"size": 512}, name="icon_512"),
    path("icon-maskable.png", push.icon, {"size": 512, "maskable": True}, name="icon_maskable"),
    path("worker.js", push.worker, name="worker"),
    path("offline/", push.offline, name="offline"),
    path("push/", push.subscription, name="push"),
    path(f"{PLACE}/console/", pages.console, name="console"),
    path(f"{ONE}/context/", asides.context, name="console_context"),
    path(f"{ONE}/picker/", asides.picker, name="console_picker"),
    path(f"{ONE}/compose/", asides.compose, name="console_compose"),
    path(f"{ONE}/cards/<int:seq>/", asides.card, name="console_card"),
    path(f"{ONE}/attachments/", answers.attach, name="console_attach"),
    path(f"{ONE}/block/", answers.block, name="console_block"),
    path(f"{PLACE}/talk/", settings.talk, name="talk"),
    path(f"{PLACE}/talk/managers/", settings.managers, name="talk_managers"),
    path(f"{PLACE}/talk/replies/", settings.replies, name="talk_replies"),
    path(f"{PLACE}/talk/blocked/", settings.blocked, name="talk_blocked"),
    path(f"{PLACE}/rules/", rules.rules, name="rules"),
    path(f"{PLACE}/rules/new/", rules.new, name="rule_new"),
    path(f"{PLACE}/rules/<str:ref>/", rules.rule, name="rule"),
    path(f"{PLACE}/rules/<str:ref>/switch/", rules.switch, name="rule_switch"),
    path(f"{PLACE}/rules/<str:ref>/remove/", rules.remove, name="rule_remove"),
    path(f"{PLACE}/codes/", codes.campaigns, name="codes"),
    path(f"{PLACE}/codes/<slug:short>/", codes.campaign, name="campaign"),
    re_path(
        r"^(?P<union>[-\w]+)/(?P<store>[-\w]+)/codes/(?P<short>[-\w]+)/(?P<what>letters|poster|labels)\.pdf$",
        codes.paper,
        name="code_paper",
    ),
    path(f"{PLACE}/codes/<slug:short>/imports/<str:run>/", codes.list_import, name="list_import"),
    path(f"{PLACE}/members/", members.plans, name="plans"),
    path(f"{PLACE}/rooms/", rooms.rooms, name="rooms"),
    path(f"{PLACE}/rooms/<str:room>/", rooms.present_room, name="present"),
    path(f"{PLACE}/wall/", wall.wall, name="wall"),
]
