"""Browsers of shoppers who talk."""

from django.core import signing
from django.test import Client

from unions.middleware.visitor import COOKIE, SALT


def browser(visitor="v1", *, user=None):
    """A browser that is known by its visitor's cookie, or by none."""
    client = Client()
    if visitor:
        client.cookies[COOKIE] = signing.dumps(visitor, salt=SALT)
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        if visitor:
            client.cookies[COOKIE] = signing.dumps(visitor, salt=SALT)
    return client


def home(store):
    return f"/u/{store.union.slug}/conversations/"


def page(conversation, rest=""):
    return f"/u/{conversation.union.slug}/conversations/{conversation.ref}/{rest}"
