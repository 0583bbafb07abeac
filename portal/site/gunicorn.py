"""gunicorn's settings for both sides: `gunicorn -c python:portal.site.gunicorn`.

`COMMONHOLD_ROLE` says which side. Pages are many short answers; transfers few long ones, which
wait in sendfile or on a slow client, so that side has more threads to each process.
"""

import os

_pages = os.environ.get("COMMONHOLD_ROLE", "pages") == "pages"
_cores = os.cpu_count() or 1

wsgi_app = "portal.site.wsgi:application"
worker_class = "gthread"
workers = int(os.environ.get("COMMONHOLD_WORKERS", min(4, max(2, _cores))))
threads = 8 if _pages else 16
preload_app = True  # one import for all workers: a quicker start, and memory they share
keepalive = 5
timeout = 120
graceful_timeout = 5
limit_request_line = 8190  # a revision and a path, quoted
# A proxy tells the scheme and the client; it never rewrites the path, on which routing rests.
forwarder_headers = ""
control_socket_disable = True
loglevel = "warning"
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None
