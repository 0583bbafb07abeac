"""System checks of evaluation."""

from typing import Any

from django.conf import settings
from django.core import checks

from finetuning.evaluation import availability


@checks.register("evaluation")
def sandbox_works(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """Warn where evaluation is switched on but no sandbox of this machine holds."""
    if not settings.EVALUATION_ON or availability.works():
        return []
    return [
        checks.Warning(
            "Evaluation is off: no sandbox works on this machine, and nothing runs without one. "
            + " ".join(availability.complaints()),
            hint="Allow unprivileged user namespaces, or install bubblewrap; set "
            "COMMONHOLD_EVALUATION=off to run without evaluation and without this warning.",
            id="finetuning.W001",
        )
    ]
