"""The Content-Security-Policy of every page."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

STRICT = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "connect-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}

# django-unfold's pages: Alpine evaluates expressions in attributes, and widths and colours stand in style attributes.
ADMIN = STRICT | {"script-src": "'self' 'unsafe-eval'", "style-src": "'self' 'unsafe-inline'"}

# Swagger UI writes its styles itself; its script comes from a file of its own (SpectacularSwaggerSplitView).
API_DOCS = STRICT | {"style-src": "'self' 'unsafe-inline'"}

EXCEPTIONS = {"/admin/": ADMIN, "/api/v1/docs/": API_DOCS}


def policy_for(path: str) -> str:
    """The policy of a path as the header's value."""
    policy = next((policy for prefix, policy in EXCEPTIONS.items() if path.startswith(prefix)), STRICT)
    return "; ".join(f"{directive} {sources}" for directive, sources in policy.items())


class ContentSecurityPolicyMiddleware:
    """Send the policy with every response that has none of its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", policy_for(request.path))
        return response
