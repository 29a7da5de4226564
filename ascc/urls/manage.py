"""The programs' part of `/manage/…`; `martunion.urls.manage` puts it together with the other parts."""

from django.urls import path, re_path

from ascc.views.manage import programs, vouchers

PLACE = "<slug:union>/<slug:store>/programs"
SLUGS = r"^(?P<union>[-\w]+)/(?P<store>[-\w]+)/programs"

urlpatterns = [
    path(f"{PLACE}/", programs.programs, name="programs"),
    path(f"{PLACE}/new/", programs.new, name="program_new"),
    path(f"{PLACE}/figures/", vouchers.figures, name="care_figures"),
    path(f"{PLACE}/vouchers/", vouchers.vouchers, name="care_vouchers"),
    re_path(rf"{SLUGS}/vouchers\.(?P<shape>csv|xlsx)$", vouchers.vouchers, name="care_export"),
    path(f"{PLACE}/vouchers/<str:code>/", vouchers.voucher, name="care_voucher"),
    path(f"{PLACE}/<str:ref>/", programs.program, name="program"),
    path(f"{PLACE}/<str:ref>/version/", programs.version, name="program_version"),
    path(f"{PLACE}/<str:ref>/end/", programs.end, name="program_end"),
    path(f"{PLACE}/<str:ref>/adopt/", programs.adopt, name="program_adopt"),
    path(f"{PLACE}/<str:ref>/stop/", programs.stop, name="program_stop"),
]
