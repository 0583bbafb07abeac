"""Large content: where bytes are kept, who owns them, and the addresses they are fetched from."""

from models_registry.storage.addresses import content_address
from models_registry.storage.contents import is_here, opened, store, xorb_store
from models_registry.storage.interface import Content, Readable, Store
from models_registry.storage.local import LocalStore

__all__ = [
    "Content",
    "LocalStore",
    "Readable",
    "Store",
    "content_address",
    "is_here",
    "opened",
    "store",
    "xorb_store",
]
