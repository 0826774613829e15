"""What keeps replicas alive."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from declml.core.digest import digest
from declml.plugin.component import Component

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Protocol

    class Replica(Protocol):
        """One serving process, as a backend sees it: built with one JSON argument (`Wanted.replica`), then ready."""

        def configure(self, shares: dict[str, Any]) -> None:
            """Take other releases or shares, without a restart and without failing a request."""
            ...

        def facts(self) -> dict[str, Any]:
            """pid, generation, `shares` that answer now, `problem` (an error as dict) when the last wish was not met."""
            ...

        def healthy(self) -> None:
            """Return when a real row can be scored; raise otherwise."""
            ...

        def load(self) -> float:
            """Requests under way, for autoscaling."""
            ...

        async def answer(
            self, method: str, path: str, query: str, headers: dict[str, str], body: bytes
        ) -> tuple[int, dict[str, str], bytes]:
            """One HTTP request given to the data plane by another way in."""
            ...

        def stop(self) -> None:
            """Answer what is under way, write the log, end."""
            ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """A deployment as it should be.

    factory: import path `module:Class` of the replica. replica: its JSON argument (changing it replaces replicas).
    shares: what `configure` gets (changing it restarts nothing).
    """

    project: str
    route: str
    factory: str
    replica: dict[str, Any]
    shares: dict[str, Any]
    replicas_min: int = 1
    replicas_max: int = 1
    max_ongoing_requests: int = 100
    port: int = 8080
    host: str = "127.0.0.1"

    @property
    def form(self) -> str:
        """The digest of everything that replicas must be replaced for."""
        return digest([self.factory, self.replica, self.host, self.port])


@dataclass(frozen=True, slots=True)
class Observed:
    """A deployment as it is. `state` follows the slowest replica; `shares` is what the replicas confirmed.

    `form` is the `Wanted.form` that they were built for, empty when they are of several.
    """

    project: str
    state: Literal["absent", "starting", "running", "unhealthy", "failed", "stopping"]
    replicas: int = 0
    shares: dict[str, Any] = field(default_factory=dict)
    message: str = ""
    form: str = ""


class Backend(Component):
    """Runs replicas and keeps them alive. It decides nothing about releases.

    `home` is a folder of the store where the backend keeps what it must remember (pids, addresses).
    """

    kind: ClassVar[str] = "backend"

    @abstractmethod
    def apply(self, home: Path, wanted: Wanted) -> None:
        """Bring the deployment to `wanted`; return when all replicas confirmed it, else raise DeclmlError E5.

        The replicas that serve now go on until the new ones are ready, and stay when the new ones fail.
        """

    @abstractmethod
    def observe(self, home: Path, project: str) -> Observed:
        """How the deployment is now. Starts nothing."""

    @abstractmethod
    def remove(self, home: Path, project: str) -> None:
        """End the deployment, letting requests under way finish."""

    @abstractmethod
    def up(self, home: Path) -> dict[str, Any]:
        """Start what deployments need (a local Ray, say), if it does not run; facts about it. Survives this process."""

    @abstractmethod
    def down(self, home: Path) -> bool:
        """End everything `up` started, by its recorded pids. False when nothing ran."""

    @abstractmethod
    def projects(self, home: Path) -> list[str]:
        """The projects that `down` would end; another store's too when what `up` starts is shared."""
