"""Who may talk to the page: this machine's own browser, and no page of another site that it has open."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

NAMES = ("127.0.0.1", "localhost", "[::1]")


class OwnHostOnly:
    """ASGI middleware that answers 403 to any other host or origin, requests and web sockets alike.

    A page of another site may send requests to this machine: its browser then tells that site as the origin. A name
    that a stranger points at this machine arrives as the host.

    Parameters
    ----------
    app
        What is guarded.
    """

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] not in ("http", "websocket") or is_own(scope.get("headers", [])):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 4403})
        else:
            body = b"superlattice app answers to this machine alone. Open http://127.0.0.1 with its port.\n"
            headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(body)).encode())]
            await send({"type": "http.response.start", "status": 403, "headers": headers})
            await send({"type": "http.response.body", "body": body})


def is_own(headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether host and origin of a request are this machine's.

    Parameters
    ----------
    headers
        Names, in lower case, and values.

    Examples
    --------
    >>> is_own([(b"host", b"127.0.0.1:8080")]), is_own([(b"host", b"evil.example")]), is_own([])
    (True, False, False)
    >>> is_own([(b"host", b"127.0.0.1:8080"), (b"origin", b"https://evil.example")])
    False
    """
    hosts = [value.decode("latin-1") for name, value in headers if name == b"host"]
    if len(hosts) != 1 or _name(hosts[0]) not in NAMES:
        return False
    origins = [value.decode("latin-1") for name, value in headers if name == b"origin"]
    return all(urlsplit(origin).netloc == hosts[0] for origin in origins)


def _name(host: str) -> str:
    return host if host.endswith("]") else host.rsplit(":", 1)[0]
