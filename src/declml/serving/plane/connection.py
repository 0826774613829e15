"""HTTP/1.1 on one connection: requests are taken in order, replies leave in the same order."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING, Any

import httptools

from declml.serving.plane.exchange import REASONS, Exchange
from declml.serving.plane.refusal import RefusedError

if TYPE_CHECKING:
    from declml.serving.plane.plane import Plane

LINGER = 2.0


class Connection(asyncio.Protocol):
    """The parser's callbacks (`on_*`) and the transport's, on the loop of the plane.

    A request that breaks HTTP or a limit gets its error, then the connection closes; what the client still sends is
    read and dropped for a moment, so that the error reaches it.
    """

    def __init__(self, plane: Plane) -> None:
        self.plane = plane
        self.limits = plane.limits
        self.transport: Any = None
        self.turns: deque[Exchange] = deque()
        self.since = time.monotonic()
        self.writing_since: float | None = None
        self.closing = False
        self.in_message = False
        self._kept = b""
        self._parser = httptools.HttpRequestParser(self)
        self._clear()

    def _clear(self) -> None:
        self._url = b""
        self._headers: dict[bytes, bytes] = {}
        self._head_size = 0
        self._header_count = 0
        self._head_done = False
        self._body: list[bytes] = []
        self._body_size = 0
        self._fault: RefusedError | None = None

    # the transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there."""
        self.transport = transport
        self.plane.connections.add(self)
        if len(self.plane.connections) > self.limits.connections:
            self._fail(RefusedError(503, "E5023", "too many connections", headers={"Retry-After": "1"}))

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio calls it so
        """The client is gone."""
        self.closing = True
        self.plane.connections.discard(self)

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        if self.closing:
            return
        if not self.in_message:
            self.in_message = True
            self.since = time.monotonic()
        if not self._head_done:
            self._head_size += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.closing = True
        except httptools.HttpParserCallbackError:
            self._fail(self._fault or RefusedError(400, "E5029", "the request cannot be read"))
        except httptools.HttpParserError as error:
            self._fail(RefusedError(400, "E5029", f"the request is not valid HTTP: {error}"))
        else:
            self._after_data()

    def _after_data(self) -> None:
        if self.in_message and not self._head_done and self._head_size > self.limits.head:
            self._fail(RefusedError(431, "E5022", f"the head of a request may have {self.limits.head} bytes"))
        elif len(self.turns) >= self.limits.pipelined and self.transport is not None:
            self.transport.pause_reading()

    def eof_received(self) -> bool:
        """The client has sent everything; it still reads."""
        if not self.turns:
            return False
        self.turns[-1].keep = False
        return True

    def pause_writing(self) -> None:
        """The client reads too slowly."""
        self.writing_since = time.monotonic()
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        """The client reads again."""
        self.writing_since = None
        self.transport.resume_reading()

    # the parser

    def on_url(self, url: bytes) -> None:
        """A part of the address."""
        self._url += url
        if len(self._url) > self.limits.url:
            self._stop(414, "E5022", f"an address may have {self.limits.url} bytes")

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header, of the head or after the last chunk (those are dropped)."""
        self._header_count += 1
        if self._header_count > self.limits.headers:
            self._stop(431, "E5022", f"a request may have {self.limits.headers} headers")
        if not self._head_done:
            self._headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._head_done = True
        headers = self._headers
        old = self._parser.get_http_version() == "1.0"
        self._kept = b"connection: keep-alive\r\n" if old else b""
        if b"host" not in headers and not old:
            self._stop(400, "E5029", "the request has no Host header")
        if sum(map(len, headers.values())) > self.limits.head:
            self._stop(431, "E5022", f"the head of a request may have {self.limits.head} bytes")
        length = headers.get(b"content-length", b"")
        if length and (len(length) > 15 or int(length) > self.limits.body):
            self._too_large()
        expected = headers.get(b"expect")
        if expected is not None:
            if expected.lower() != b"100-continue":
                self._stop(417, "E5029", "only 'Expect: 100-continue' is understood")
            if not self.turns:
                self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        self._body_size += len(body)
        if self._body_size > self.limits.body:
            self._too_large()
        self._body.append(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        if self.closing:
            return
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        path, _, query = self._url.partition(b"?")
        method = self._parser.get_method()
        exchange = Exchange(
            method.decode("latin-1"), path.decode("latin-1"), query.decode("latin-1"), self._headers, body, self
        )
        exchange.keep = self._parser.should_keep_alive() and not self.plane.draining
        self.turns.append(exchange)
        self._clear()
        self.in_message = False
        if not exchange.keep:
            self.closing = True
        self.plane.take(exchange)

    def _too_large(self) -> None:
        self._stop(413, "E5022", f"a body may have {self.limits.body} bytes")

    def _stop(self, status: int, code: str, what: str) -> None:
        self._fault = RefusedError(status, code, what)
        raise self._fault

    # replies

    def head(self, status: int, size: int, kind: str, keep: bool, headers: dict[str, str] | None) -> bytes:
        """The head of a reply."""
        if status == 200 and keep and headers is None:
            return b"HTTP/1.1 200 OK\r\ncontent-type: %b\r\ndate: %b\r\ncontent-length: %d\r\n%b\r\n" % (
                kind.encode(), self.plane.date, size, self._kept,
            )  # fmt: skip
        lines = [f"HTTP/1.1 {status} {REASONS[status]}", f"content-type: {kind}", f"date: {self.plane.date.decode()}"]
        lines += [f"content-length: {size}", *(f"{name}: {value}" for name, value in (headers or {}).items())]
        lines += [] if keep else ["connection: close"]
        return "\r\n".join(lines).encode() + b"\r\n" + (self._kept if keep else b"") + b"\r\n"

    def flush(self) -> None:
        """Send the replies whose turn it is."""
        turns = self.turns
        full = len(turns) >= self.limits.pipelined
        while turns and turns[0].reply is not None:
            exchange = turns.popleft()
            if self.transport is None or self.transport.is_closing():
                continue
            self.transport.write(exchange.reply)
            self.plane.answered(exchange)
            if not exchange.keep:
                self._end()
                return
        if full and len(turns) < self.limits.pipelined and self.writing_since is None:
            self.transport.resume_reading()
        if not turns and not self.in_message:
            self.since = time.monotonic()

    def _fail(self, error: RefusedError) -> None:
        """Answer an unreadable request and end."""
        if self.closing:
            return
        exchange = Exchange("", "", "", {}, b"", self)
        exchange.keep = False
        self.closing = True
        self.turns.append(exchange)
        self.plane.refuse(exchange, error)

    def _end(self) -> None:
        self.closing = True
        self.turns.clear()
        if self.in_message and self.transport.can_write_eof():
            self.transport.write_eof()
            self.plane.later(LINGER, self.transport.close)
        else:
            self.transport.close()

    def sweep(self, now: float) -> None:
        """End what takes too long."""
        if self.writing_since is not None and now - self.writing_since > self.limits.read:
            self.transport.abort()
        elif self.in_message and not self.closing and now - self.since > self.limits.read:
            self._fail(RefusedError(408, "E5026", f"the request was not whole after {self.limits.read:g} s"))
        elif not self.in_message and not self.turns and now - self.since > self.limits.idle:
            self.transport.close()
