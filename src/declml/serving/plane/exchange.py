"""One request and its reply."""

from __future__ import annotations

import time
from concurrent.futures import Future
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Protocol

    import numpy as np
    import numpy.typing as npt

    from declml.serving.plane.connection import Connection
    from declml.serving.plane.contract import Contract, Rows
    from declml.serving.plane.refusal import RefusedError
    from declml.store.release import Release

    Answer = tuple[int, int, npt.NDArray[np.float32]]
else:
    Protocol = object

REASONS = {
    100: "Continue", 200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    408: "Request Timeout", 413: "Content Too Large", 414: "URI Too Long", 415: "Unsupported Media Type",
    417: "Expectation Failed", 422: "Unprocessable Content", 431: "Request Header Fields Too Large",
    500: "Internal Server Error", 501: "Not Implemented", 503: "Service Unavailable",
}  # fmt: skip
JSON = "application/json"
Reply = tuple[int, dict[str, str], bytes]


class Form(Protocol):
    """Another way to write rows, and predictions too when `own_reply` is set, than the JSON of the route."""

    own_reply: bool

    def decode(self, contract: Contract) -> Rows:
        """The rows, validated."""

    def render(self, release: Release, answers: list[Answer]) -> bytes:
        """The body of the reply. `release` is the live one."""


class Exchange:
    """A request on a connection, or one that came by another way in (then `future` gets the reply).

    path has no query. headers have lower-case names. keep: whether the connection lives on after the reply.
    """

    __slots__ = (
        "began",
        "body",
        "connection",
        "form",
        "future",
        "headers",
        "keep",
        "method",
        "path",
        "query",
        "reply",
        "status",
    )

    def __init__(
        self,
        method: str,
        path: str,
        query: str,
        headers: dict[bytes, bytes],
        body: bytes,
        connection: Connection | None = None,
    ) -> None:
        self.method, self.path, self.query, self.headers, self.body = method, path, query, headers, body
        self.connection = connection
        self.keep = True
        self.began = time.perf_counter()
        self.status = 0
        self.form: Form | None = None
        self.reply: bytes | None = None
        self.future: Future[Reply] | None = None if connection else Future()

    def answer(self, status: int, body: bytes, kind: str = JSON, headers: dict[str, str] | None = None) -> None:
        """Send the reply, in its turn. Only the first counts."""
        if self.status:
            return
        self.status = status
        if self.connection is not None:
            self.reply = self.connection.head(status, len(body), kind, self.keep, headers) + (
                b"" if self.method == "HEAD" else body
            )
            self.connection.flush()
        elif self.future is not None and not self.future.cancelled():
            self.future.set_result((status, {"content-type": kind, **(headers or {})}, body))

    def refuse(self, error: RefusedError) -> None:
        """Tell the client why not."""
        self.answer(error.status, error.body(), JSON, error.headers)
