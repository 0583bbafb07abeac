"""The one extension mechanism: modules that the foundation finds by name in every app of ours.

An app above the foundation contributes `policies.py`, `notices.py`, `panels.py`, `privacy.py`,
`search.py`, `demo.py`, `enforcement.py` or `access.py`; importing it registers what it declares.
That is how the foundation sees the apps above it without importing them. A room (a package
directly inside an app) may have such a module of its own: `portal/tokens/access.py`,
`finetuning/submissions/panels.py`.
"""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

from django.apps import AppConfig, apps
from django.conf import settings

SLOTS = ("policies", "notices", "panels", "privacy", "search", "demo", "enforcement", "access")


def modules(slot: str) -> list[ModuleType]:
    """Return the apps' modules of this name, in the order of `COMMONHOLD_APPS`, rooms' last."""
    configs = {config.name: config for config in apps.get_app_configs()}
    return [
        import_module(name)
        for app in settings.COMMONHOLD_APPS
        if app in configs
        for name in _names(configs[app], slot)
    ]


def _names(config: AppConfig, slot: str) -> Iterator[str]:
    folder = Path(config.path)
    if (folder / f"{slot}.py").is_file() or (folder / slot / "__init__.py").is_file():
        yield f"{config.name}.{slot}"
    for path in sorted(folder.glob(f"*/{slot}.py")):
        yield f"{config.name}.{path.parent.name}.{slot}"


def load_all() -> None:
    """Import every extension module once; called when the registry of apps is ready."""
    for slot in SLOTS:
        modules(slot)
