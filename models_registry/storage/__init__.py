"""Large content: where bytes are kept, who owns them, and the addresses they are fetched from."""

from django.conf import settings

from models_registry.storage.addresses import content_address
from models_registry.storage.interface import Content, Readable, Store
from models_registry.storage.local import LocalStore

store = LocalStore(settings.CONTENT_DIR, settings.CONTENT_FREE_FLOOR)

__all__ = ["Content", "LocalStore", "Readable", "Store", "content_address", "store"]
