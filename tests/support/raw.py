"""HTTP spelled out byte by byte, for requests that no client would send."""

import json
import socket
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Any


@dataclass(frozen=True)
class Raw:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def raw_request(
    port: int,
    method: str,
    target: str,
    *,
    token: str = "",
    body: bytes = b"",
    host: str = "",
    **headers: str,
) -> Raw:
    """Send `target` exactly as given; `headers` with underscores for hyphens."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host or f'localhost:{port}'}"]
    lines += ["Connection: close", f"Content-Length: {len(body)}"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        response = HTTPResponse(connection, method=method)
        response.begin()
        content = response.read()
        return Raw(response.status, {k.title(): v for k, v in response.getheaders()}, content)
