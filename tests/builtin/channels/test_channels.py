"""The built-in channels keep to the suite, and to their own promises."""

from __future__ import annotations

import json
import logging
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from declml.builtin.channels.file import FileChannel
from declml.builtin.channels.log import LogChannel
from declml.builtin.channels.webhook import WebhookChannel
from declml.core.errors import DeclmlError
from declml.testing.channel import ChannelSuite

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRET = "s3cr3t-t0ken"


class TestFileSuite(ChannelSuite):
    def start(self, folder: Path) -> FileChannel:
        return FileChannel(path="alerts/open.jsonl").at(folder)

    def delivered(self, folder: Path) -> list[str]:
        return [json.loads(line)["title"] for line in (folder / "alerts/open.jsonl").read_text().splitlines()]

    def broken(self, folder: Path) -> FileChannel:
        (folder / "file").write_text("")
        return FileChannel(path="file/alerts.jsonl").at(folder)


class TestLogSuite(ChannelSuite):
    @pytest.fixture(autouse=True)
    def _records(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO)
        self.records = caplog

    def start(self, folder: Path) -> LogChannel:
        return LogChannel()

    def delivered(self, folder: Path) -> list[str]:
        return [record.getMessage() for record in self.records.records if record.name == "declml.alerts"]

    def test_one_record_is_one_line(self) -> None:
        LogChannel(level="error").send("title", "first\nsecond\r\nthird", {"id": "1"})
        [record] = self.records.records
        assert record.levelno == logging.ERROR
        assert record.getMessage() == 'title: first second third {"id": "1"}'


class Receiver:
    """A web address that keeps what it got and answers what it is told."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, str], dict[str, object]]] = []
        self.answers: list[int] = []
        self.headers: dict[str, str] = {}
        self.hold = threading.Event()
        outer = self

        class Answers(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append((self.path, dict(self.headers), json.loads(body)))
                status = outer.answers.pop(0) if outer.answers else 204
                if status == 0:
                    outer.hold.wait(10)
                    return
                self.send_response(status)
                for name, value in outer.headers.items():
                    self.send_header(name, value)
                self.end_headers()

            def do_GET(self) -> None:
                outer.got.append((self.path, {}, {}))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook/{SECRET}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()

    def close(self) -> None:
        self.hold.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    found = Receiver()
    yield found
    found.close()


class TestWebhookSuite(ChannelSuite):
    @pytest.fixture(autouse=True)
    def _receiver(self, receiver: Receiver) -> None:
        self.receiver = receiver

    def start(self, folder: Path) -> WebhookChannel:
        return WebhookChannel(url=self.receiver.url)

    def delivered(self, folder: Path) -> list[str]:
        return [str(body["title"]) for _, _, body in self.receiver.got]

    def broken(self, folder: Path) -> WebhookChannel:
        return WebhookChannel(url="http://127.0.0.1:9/" + SECRET, wait=0.0, tries=2)


def test_the_file_survives_a_line_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    path.write_bytes(b'{"at": 1, "ti')
    FileChannel(path=str(path)).send("t", "x", {})
    first, second = path.read_text().splitlines()
    assert first == '{"at": 1, "ti'
    assert json.loads(second)["title"] == "t"


def test_headers_and_identity_travel(receiver: Receiver) -> None:
    WebhookChannel(url=receiver.url, headers={"Authorization": f"Bearer {SECRET}"}).send("t", "x", {"id": "abc"})
    [(path, headers, body)] = receiver.got
    assert path.endswith(SECRET)
    assert headers["Authorization"] == f"Bearer {SECRET}"
    assert headers["Idempotency-Key"] == "abc"
    assert body == {"title": "t", "text": "x", "facts": {"id": "abc"}}


def test_it_tries_again_after_500_and_429(receiver: Receiver) -> None:
    receiver.answers = [500, 429, 200]
    WebhookChannel(url=receiver.url, wait=0.0).send("t", "x", {})
    assert len(receiver.got) == 3


@pytest.mark.parametrize(("answer", "posts"), [(404, 1), (503, 3), (302, 1), (307, 1)])
def test_it_gives_up_in_the_end_and_shows_only_the_host(receiver: Receiver, answer: int, posts: int) -> None:
    receiver.answers = [answer] * 9
    receiver.headers = {"Location": receiver.url + "/elsewhere"}
    with pytest.raises(DeclmlError) as caught:
        WebhookChannel(url=receiver.url, wait=0.0).send("t", "x", {})
    assert caught.value.code == "E6002"
    assert caught.value.why == f"it answered {answer}"
    assert SECRET not in str(caught.value) + repr(caught.value)
    assert len(receiver.got) == posts


def test_a_silent_receiver_is_a_time_out(receiver: Receiver) -> None:
    receiver.answers = [0]
    with pytest.raises(DeclmlError, match=r"no answer within 0\.2 s"):
        WebhookChannel(url=receiver.url, timeout="200ms", tries=1).send("t", "x", {})


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/x", "file:///etc/passwd", "example.org", "http://", "http://a b/", "http://[::1/",
        "http://user:pass@example.org/", "http://example.org/\nX: 1", "http://example.org:99999/", "", 5,
    ],
)  # fmt: skip
def test_only_web_addresses_are_taken(url: object) -> None:
    with pytest.raises(ValidationError):
        WebhookChannel(url=url)


@pytest.mark.parametrize("headers", [{"X": "a\r\nY: b"}, {"X\r\nY": "a"}])
def test_a_header_cannot_smuggle_another(headers: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        WebhookChannel(url="http://example.org", headers=headers)


def test_secrets_are_not_shown() -> None:
    channel = WebhookChannel(url=f"https://example.org/{SECRET}", headers={"Authorization": SECRET})
    assert SECRET not in repr(channel) + str(channel) + json.dumps(channel.identity()) + channel.model_dump_json()
