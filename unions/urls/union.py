"""A union's own texts, joining it, and the papers handed in for that."""

from django.urls import path

from unions.views import application, pages, personal, privacy

app_name = "unions"
urlpatterns = [
    path("robots.txt", pages.robots, name="robots"),
    path("u/<slug:union>/pages/", pages.about, name="about"),
    path("u/<slug:union>/pages/<slug:slug>/", pages.page, name="page"),
    path("u/<slug:union>/apply/", application.apply, name="apply"),
    path("u/<slug:union>/apply/leave/", application.leave, name="leave"),
    path("account/privacy/", privacy.privacy, name="privacy"),
    path("account/privacy/answer/", privacy.answer, name="privacy_answer"),
    path("account/privacy/visits.csv", personal.visits_file, name="visits_file"),
    path("account/privacy/file/", personal.file, name="personal_file"),
    path("account/privacy/file/<str:copy>.zip", personal.file_content, name="personal_file_content"),
    path("account/privacy/erase/", personal.erase, name="erase"),
    path("account/papers/<path:name>", application.paper, name="paper"),
]
