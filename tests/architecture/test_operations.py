"""/healthz, /readyz and /metrics."""

import pytest

pytestmark = pytest.mark.django_db


def test_healthz_answers_without_asking_anyone(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")


def test_the_favicon_is_where_browsers_look_for_it(client):
    response = client.get("/favicon.ico")
    assert (response.status_code, response["Location"]) == (302, "/static/favicon.svg")


def test_operations_answer_on_any_host_and_without_https(client, settings):
    settings.ALLOWED_HOSTS = ["union.example"]
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/healthz", headers={"Host": "10.0.0.7"}).status_code == 200
    assert client.get("/readyz", headers={"Host": "10.0.0.7"}).status_code == 200


def test_readyz_names_both_servers(client):
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {"database": "ok", "redis": "ok"}


def test_readyz_says_which_server_is_gone(client, settings):
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "unix:///nowhere/redis.sock"}
    }
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {"database": "ok", "redis": "unreachable"}


def test_metrics_are_open_in_development_only(client, settings):
    settings.ON_LAPTOP = True
    assert client.get("/metrics").status_code == 200
    settings.ON_LAPTOP = False
    assert client.get("/metrics").status_code == 404


def test_metrics_ask_for_the_token(client, settings):
    settings.METRICS_TOKEN = "figures"
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 401
    response = client.get("/metrics", headers={"Authorization": "Bearer figures"})
    assert response.status_code == 200
    assert b"django_http_requests_total_by_method_total" in response.content


def test_pages_carry_the_strict_policy_and_admin_its_own(client):
    assert "script-src 'self';" in client.get("/account/login/").headers["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-eval';" in client.get("/admin/login/").headers["Content-Security-Policy"]
