from declml.builtin.executors.inline import Inline
from declml.testing.executor import ExecutorSuite


class TestInline(ExecutorSuite):
    in_process = True

    def make(self) -> Inline:
        return Inline()
