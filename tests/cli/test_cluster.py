import http.server
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from declml.cli.cluster import LOCAL, Cluster, address_of, token
from declml.cli.main import main
from declml.core.errors import DeclmlError, SpecError

NAMES = ("RAY_ADDRESS", "RAY_API_SERVER_ADDRESS", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH", "RAY_AUTH_MODE")


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


class Answering(http.server.BaseHTTPRequestHandler):
    """A web server that is not Ray: it answers `status` and keeps what it was sent."""

    status = 200
    body = b"<html>hello</html>"
    seen: list[str | None]

    def do_GET(self) -> None:
        self.seen.append(self.headers.get("Authorization"))
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *words: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[tuple[str, type[Answering]]]:
    answering = type("Mine", (Answering,), {"seen": []})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), answering) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}", answering
        running.shutdown()
        thread.join()


def test_the_address_is_the_flag_then_the_environment_then_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    assert address_of(None) == LOCAL
    monkeypatch.setenv("RAY_ADDRESS", "http://b:1")
    assert address_of(None) == "http://b:1"
    monkeypatch.setenv("RAY_API_SERVER_ADDRESS", "c:2")
    assert address_of(None) == "http://c:2"
    assert address_of("https://d:3/") == "https://d:3"


@pytest.mark.parametrize(
    "bad", ["ray://head:10001", "http://", "http://head:port", "http://head:99999", "ftp://head:1"]
)
def test_another_address_is_refused(bad: str) -> None:
    with pytest.raises(SpecError) as caught:
        address_of(bad)
    assert caught.value.code == "E8030"
    assert bad in caught.value.what


def test_an_address_with_a_password_is_refused_and_not_shown() -> None:
    with pytest.raises(SpecError) as caught:
        address_of("http://me:hunter2@head:8265")
    assert "hunter2" not in str(caught.value)


def test_a_token_comes_from_the_variable_its_file_or_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert token() == ("", "")
    (tmp_path / ".ray").mkdir()
    home = tmp_path / ".ray" / "auth_token"
    home.write_text("of-home\n")
    assert token() == ("of-home", str(home))
    (tmp_path / "t").write_text("of-file")
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", str(tmp_path / "t"))
    assert token() == ("of-file", str(tmp_path / "t"))
    monkeypatch.setenv("RAY_AUTH_TOKEN", "of-variable")
    assert token() == ("of-variable", "RAY_AUTH_TOKEN")


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"a\nb"])
def test_a_token_file_that_holds_no_token(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "t"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", str(path))
    with pytest.raises(DeclmlError) as caught:
        token()
    assert caught.value.code == "E8032"
    assert str(path) in caught.value.where


def test_nobody_at_the_address(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert main(["jobs", "--address", f"http://127.0.0.1:{port}"]) == 1
    told = capsys.readouterr().err
    assert "error[E8031]: the cluster cannot be reached" in told
    assert "refused" in told


def test_a_name_that_does_not_exist() -> None:
    with pytest.raises(DeclmlError) as caught:
        Cluster.connect("http://no-such-head.invalid:8265")
    assert caught.value.code == "E8031"


def test_a_web_page_is_not_a_cluster(server: tuple[str, type[Answering]], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json", "logs", "x", "--address", server[0]]) == 1
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"] == "E8031"
    assert "not the dashboard" in error["what"]


@pytest.mark.parametrize("status", [404, 500, 503])
def test_a_refusal_tells_its_number(server: tuple[str, type[Answering]], status: int) -> None:
    server[1].status = status
    with pytest.raises(DeclmlError, match=f"HTTP {status}"):
        Cluster.connect(server[0])


def test_the_token_goes_only_to_who_asks(server: tuple[str, type[Answering]], monkeypatch: pytest.MonkeyPatch) -> None:
    address, answering = server
    monkeypatch.setenv("RAY_AUTH_TOKEN", "secret-token")
    with pytest.raises(DeclmlError):
        Cluster.connect(address)
    assert answering.seen == [None]

    answering.status = 401
    with pytest.raises(DeclmlError) as caught:
        Cluster.connect(address)
    assert answering.seen == [None, None, "Bearer secret-token"]
    assert caught.value.code == "E8032"
    assert "secret-token" not in str(caught.value)
    assert "RAY_AUTH_TOKEN" in caught.value.why


def test_no_token_where_one_is_asked(server: tuple[str, type[Answering]]) -> None:
    server[1].status = 401
    with pytest.raises(DeclmlError, match="there is none here") as caught:
        Cluster.connect(server[0])
    assert caught.value.code == "E8032"
    assert "RAY_AUTH_TOKEN_PATH" in caught.value.next
