"""Payment accounts of signed-in people, and the built-in bank's own page."""

from django.urls import path

from payments import views

app_name = "payments"
urlpatterns = [
    path("account/payment-accounts/", views.accounts, name="accounts"),
    path("account/payment-accounts/verify/", views.verify, name="verify"),
    path("account/payment-accounts/first/", views.first, name="first"),
    path("account/payment-accounts/remove/", views.revoke, name="remove"),
    path("account/payment-accounts/bank/<str:signed>/", views.bank_confirm, name="bank-confirm"),
]
