from django.apps import AppConfig


class FinetuningConfig(AppConfig):
    name = "finetuning"
    label = "finetuning"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from finetuning import checks  # noqa: F401
        from finetuning.evaluation import claiming  # noqa: F401
