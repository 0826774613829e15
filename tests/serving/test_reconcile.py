"""reconcile is pure, converges, and never ends the last release by itself."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from declml.plugin.kinds.backend import Observed, Wanted
from declml.serving.reconcile import Desired, reconcile, same_shares, shares_text

NUMBERS = st.one_of(st.none(), st.integers(1, 4))
SHARES = st.fixed_dictionaries(
    {"live": NUMBERS, "canary": NUMBERS, "canary_share": st.sampled_from([0.0, 0.1]), "shadow": NUMBERS}
)


@st.composite
def wishes(draw) -> Desired:
    if draw(st.booleans()) and draw(st.booleans()):
        return Desired(None, gone=draw(st.booleans()))
    replicas = draw(st.integers(1, 3))
    replica = {"settings": draw(st.integers(0, 2))}
    return Desired(
        Wanted("p", "/p", "m:R", replica, draw(SHARES), replicas, replicas), gone=draw(st.integers(0, 9)) == 0
    )


@st.composite
def states(draw) -> Observed:
    state = draw(st.sampled_from(["absent", "starting", "running", "unhealthy", "failed", "stopping"]))
    if state in {"absent", "failed"}:
        return Observed("p", state)
    form = Wanted("p", "/p", "m:R", {"settings": draw(st.integers(0, 2))}, {}).form
    return Observed("p", state, draw(st.integers(1, 3)), draw(SHARES), "", form)


def carried_out(kind: str, desired: Desired, observed: Observed, *, fails: bool) -> Observed:
    """A backend as its contract says: what serves goes on until the new one answers."""
    if kind == "remove":
        return Observed("p", "absent")
    if kind == "wait":
        settled = "running" if observed.state == "starting" else "absent"
        return replace(observed, state=settled)
    if fails:
        return observed
    wanted = desired.wanted
    assert wanted is not None
    return Observed("p", "running", wanted.replicas_min, wanted.shares, "", wanted.form)


@given(wishes(), states(), st.lists(st.booleans(), max_size=5))
def test_it_converges_when_the_failures_end(desired, observed, failures) -> None:
    for fails in [*failures, *[False] * 5]:
        for action in reconcile(desired, observed):
            observed = carried_out(action.kind, desired, observed, fails=fails)
    assert reconcile(desired, observed) == []
    if desired.gone:
        assert observed.state == "absent"
    elif desired.wanted is not None and desired.wanted.shares["live"] is not None:
        assert observed.state == "running"
        assert same_shares(observed.shares, desired.wanted.shares)


@given(wishes(), states())
def test_only_a_user_ends_what_runs(desired, observed) -> None:
    kinds = [action.kind for action in reconcile(desired, observed)]
    assert len(kinds) <= 1
    if not desired.gone:
        assert "remove" not in kinds
    if desired.wanted is None and not desired.gone:
        assert kinds == []


@given(wishes(), states())
def test_it_looks_only_at_its_arguments(desired, observed) -> None:
    assert reconcile(desired, observed) == reconcile(desired, observed)
    assert all(action.reason for action in reconcile(desired, observed))


def test_shares_for_people() -> None:
    assert shares_text({"live": 3, "canary": 4, "canary_share": 0.1, "shadow": 5}) == "live 3, canary 4 (10%), shadow 5"
    assert shares_text({}) == "nothing live"
    assert same_shares({"live": 1, "canary": None, "canary_share": 0.3}, {"live": 1, "canary": None, "shadow": None})
