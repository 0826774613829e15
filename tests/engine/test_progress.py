from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from declml.engine.progress import listen, speaker

if TYPE_CHECKING:
    from pathlib import Path

WORDS = st.lists(st.tuples(st.text(), st.none() | st.floats(0, 1)), max_size=20)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=WORDS)
def test_what_is_said_arrives_once_and_in_order(tmp_path: Path, words: list[tuple[str, float | None]]) -> None:
    path, heard = tmp_path / "said", list[tuple[str, float | None]]()

    def work() -> str:
        for text, done in words:
            speaker(path)(text, done)
        return "answer"

    with ThreadPoolExecutor(1) as threads:
        answer = listen(threads.submit(work), path, lambda text, done: heard.append((text, done)))
    assert (answer, heard) == ("answer", words)
    assert not path.exists()


def test_a_torn_line_costs_only_itself(tmp_path: Path) -> None:
    path, heard = tmp_path / "said", list[str]()
    path.write_bytes(b'["first", 0.5]\n["to["second", null]\n["third", null]\n["half')
    done: Future[None] = Future()
    done.set_result(None)
    listen(done, path, lambda text, _: heard.append(text))
    assert heard == ["first", "third"]


def test_a_disk_that_takes_no_line_costs_the_line(tmp_path: Path) -> None:
    speaker(tmp_path / "no folder" / "said")("lost", None)
