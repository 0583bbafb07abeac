from models_registry.pages.urls import urlpatterns

__all__ = ["urlpatterns"]
