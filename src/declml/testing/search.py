"""What every search must keep to."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from declml.plugin.tuning import Axis, Choose, Tune

if TYPE_CHECKING:
    from declml.plugin.kinds.search import Search

AXES = {
    "rate": Axis(Tune(0.001, 1.0, log=True)),
    "share": Axis(Tune(0.2, 0.8)),
    "depth": Axis(Tune(2, 9), integer=True),
    "leaves": Axis(Tune(3, 300, log=True), integer=True),
    "loss": Axis(Choose("a", None, 3)),
}


class SearchSuite:
    """Conformance of a search. A guest's test is three lines.

    from declml.testing.search import SearchSuite
    class TestHalving(SearchSuite):
        component = Halving()
    """

    component: ClassVar[Search]

    def test_it_is_a_component(self) -> None:
        """It has a type, a definition, and settings that survive writing and reading."""
        kind = type(self.component)
        assert self.component.type == kind.type_name()
        assert kind.__doc__
        assert kind.model_validate(self.component.model_dump()) == self.component

    def test_it_asks_within_the_ranges(self) -> None:
        """Every axis, whole numbers where they are asked for, options as they are."""
        asker = self.component.start(AXES, 0)
        for place in range(30):
            asked = asker.ask()
            assert asked.keys() == AXES.keys()
            for name, axis in AXES.items():
                value = asked[name]
                if isinstance(axis.dimension, Choose):
                    assert value in axis.dimension.options
                    continue
                assert type(value) is (int if axis.integer else float)
                assert axis.dimension.low <= value <= axis.dimension.high
            asker.tell(asked, float(place % 7))

    def test_it_repeats_itself(self) -> None:
        """Told the same values in the same order, it asks the same."""
        assert self.asked(0) == self.asked(0)

    def test_several_are_asked_before_one_is_told(self) -> None:
        """In waves of four, told in any order, with failures among them."""
        asker = self.component.start(AXES, 0)
        for wave in range(4):
            asked = [asker.ask() for _ in range(4)]
            for place, settings in enumerate(reversed(asked)):
                asker.tell(settings, None if place == wave else float(place))

    def test_all_may_fail(self) -> None:
        """It goes on asking."""
        asker = self.component.start(AXES, 0)
        for _ in range(12):
            asker.tell(asker.ask(), None)
        assert asker.ask().keys() == AXES.keys()

    def asked(self, seed: int) -> list[dict[str, object]]:
        """Twelve questions, each told the value of a fixed function."""
        asker, found = self.component.start(AXES, seed), []
        for _ in range(12):
            asked = asker.ask()
            found.append(asked)
            asker.tell(asked, -abs(float(asked["share"]) - 0.5))  # type: ignore[arg-type] # a number
        return found
