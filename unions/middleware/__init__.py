from unions.middleware.language import LanguageMiddleware
from unions.middleware.union import UnionMiddleware
from unions.middleware.visitor import VisitorMiddleware

__all__ = ["LanguageMiddleware", "UnionMiddleware", "VisitorMiddleware"]
