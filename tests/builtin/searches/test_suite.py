"""The built-in searches pass the suite that guests must pass."""

from declml.builtin.searches.bayes import Bayes
from declml.builtin.searches.grid import Grid
from declml.builtin.searches.random import Random
from declml.testing.search import AXES, SearchSuite


class TestBayes(SearchSuite):
    component = Bayes()

    def test_it_learns(self) -> None:
        """After forty trials it asks nearer to the best place than chance does."""
        asker = self.component.start(AXES, 0)
        distances = []
        for _ in range(60):
            asked = asker.ask()
            distances.append(abs(asked["share"] - 0.7))
            asker.tell(asked, -distances[-1])
        assert sum(distances[-20:]) < 0.5 * sum(distances[:20])


class TestRandom(SearchSuite):
    component = Random()

    def test_seeds_differ(self) -> None:
        assert self.asked(0) != self.asked(1)


class TestGrid(SearchSuite):
    component = Grid(points=2)

    def test_it_walks_every_corner_once(self) -> None:
        asker = self.component.start({"depth": AXES["depth"], "loss": AXES["loss"]}, 0)
        asked = [asker.ask() for _ in range(6)]
        assert asked[:2] == [{"depth": 2, "loss": "a"}, {"depth": 2, "loss": None}]
        assert len({(one["depth"], one["loss"]) for one in asked}) == 6
        assert asker.ask() == asked[0]
