from tests.support.server import portal_template  # noqa: F401
from tests.support.services import broker, postgresql  # noqa: F401
