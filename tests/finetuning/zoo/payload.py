"""What a hostile file does here: it creates one empty marker file where its process runs."""

from collections.abc import Callable

MARKER = "commonhold-marker"
CALL = f"import os; open(os.path.join(os.environ.get('TMPDIR', '.'), {MARKER!r}), 'w').close()"
SHELL = f"touch ${{TMPDIR:-.}}/{MARKER}"


class Exec:
    """Calls `function` with `arguments` when it is unpickled."""

    def __init__(self, function: Callable[..., object], *arguments: object):
        self.call = (function, arguments)

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self.call
