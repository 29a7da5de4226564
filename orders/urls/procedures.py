"""The addresses of sales procedures and of work by them, part of `orders.urls.manage`."""

from django.urls import path, re_path

from orders.views.manage import procedures, work

STORE = "<slug:union>/<slug:store>"
SLUGS = r"^(?P<union>[-\w]+)/(?P<store>[-\w]+)"
PROCEDURE = f"{STORE}/procedures/<slug:ref>"

urlpatterns = [
    path(f"{STORE}/steps/", work.work, name="work"),
    path(f"{STORE}/steps/figures/", work.figures, name="work_figures"),
    path(f"{STORE}/steps/<slug:number>/<int:place>/", work.work_step, name="work_step"),
    path(f"{STORE}/steps/<slug:number>/<int:place>/signature.png", work.work_signature, name="work_signature"),
    re_path(
        rf"{SLUGS}/steps/(?P<number>[-\w]+)/(?P<place>\d{{1,3}})/(?P<act>{'|'.join(work.ACTS)})/$",
        work.work_act,
        name="work_act",
    ),
    path(f"{STORE}/orders/<slug:number>/procedure/", work.order_procedure, name="order_procedure"),
    path(f"{STORE}/procedures/", procedures.procedures, name="procedures"),
    path(f"{STORE}/procedures/new/", procedures.procedure_new, name="procedure_new"),
    path(f"{PROCEDURE}/", procedures.procedure, name="procedure"),
    path(f"{PROCEDURE}/preview/", procedures.preview, name="procedure_preview"),
    path(f"{PROCEDURE}/use/", procedures.use, name="procedure_use"),
    path(f"{PROCEDURE}/use/gone/", procedures.use_gone, name="procedure_use_gone"),
    path(f"{PROCEDURE}/steps/new/", procedures.step_new, name="procedure_step_new"),
    path(f"{PROCEDURE}/steps/<slug:key>/", procedures.step, name="procedure_step"),
    re_path(
        rf"{SLUGS}/procedures/(?P<ref>[-\w]+)/(?P<act>{'|'.join(procedures.ACTS)})/$",
        procedures.procedure_act,
        name="procedure_act",
    ),
    re_path(
        rf"{SLUGS}/procedures/(?P<ref>[-\w]+)/steps/(?P<key>[-\w]+)/(?P<move>{'|'.join(procedures.MOVES)})/$",
        procedures.step_move,
        name="procedure_step_move",
    ),
]
