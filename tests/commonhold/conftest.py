from tests.support.services import broker, postgresql  # noqa: F401
