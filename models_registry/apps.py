from django.apps import AppConfig


class ModelsRegistryConfig(AppConfig):
    name = "models_registry"
    label = "models_registry"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from models_registry.gate import scope  # noqa: F401 - tells acceptances their scope
        from models_registry.hub_api import checks  # noqa: F401 - registers the system check
