"""`declml submit`: the same run as a Ray job on a cluster."""

from __future__ import annotations

import shlex
import sys
import tempfile
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from declml.cli.cluster import Cluster, address_argument
from declml.cli.following import NOT_SHARED, follow
from declml.cli.open import open_project
from declml.cli.output import answer, say
from declml.cli.packing import LIMIT, pack
from declml.core.errors import DeclmlError, SpecError
from declml.core.units import parse_size, show_size

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from declml.project import Project

NAME = "submit"
SUMMARY = "the same run as a Ray job on a cluster"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of this command."""
    address_argument(parser)
    parser.add_argument("--no-wait", action="store_true", help="print the job's id and leave it running")
    parser.add_argument(
        "--python", metavar="PATH", default=sys.executable, help="the interpreter on the cluster that has declml"
    )
    parser.add_argument(
        "--exclude", metavar="NAME", action="append", default=[], help="leave a file or folder out of what is sent"
    )
    parser.add_argument("--max-size", metavar="SIZE", help=f"largest package to send (at most {LIMIT // 2**20}MiB)")


def run(args: argparse.Namespace) -> int:
    """Pack, submit, follow."""
    limit = _limit(args.max_size)
    project = open_project(args)
    store = _store(project)
    cluster = Cluster.connect(args.address)
    with tempfile.TemporaryDirectory(prefix="declml-submit-") as scratch, _mark(store) as mark:
        package = Path(scratch) / "folder.zip"
        packed = pack(project.base, package, leave_out=args.exclude, skip=store.path, limit=limit)
        say(args, f"packed {project.base}: {packed.files} files, {show_size(packed.size)}")
        facts = {"declml": project.name, "store": str(store.path or store.url)}
        job = cluster.submit(entrypoint(args, project, store, mark), package, facts)
        say(args, _started(job, cluster, store))
        if args.no_wait:
            answer(args, {"job": job, "address": cluster.address, "store": facts["store"]}, job)
            return 0
        outcome = follow(args, cluster, job)
    if outcome.code == 0 and store.path is not None:
        say(args, _keep_schema(project))
        if project.spec.deployment is not None:
            say(args, f"nothing was moved to live; serve the release: declml deploy {_spec_name(args)}")
    return outcome.tell(args)


def _keep_schema(project: Project) -> list[str]:
    """Write the inferred schema beside the spec: the job wrote it into its own folder, which is gone."""
    from declml.spec.schema_file import schema_path, write

    path = schema_path(project.spec, project.base)
    releases = project.store_to_read.releases.all(project.name)
    if not releases or path.exists() or project.spec.schema_ != "infer":
        return []
    write(path, project.store_to_read.objects.read(releases[-1].artifacts["schema"]))
    return [f"wrote {path.name}: review the inferred schema; from now on it is the schema"]


@dataclass(frozen=True, slots=True)
class Kept:
    """Where the job keeps its results: `url` as the job gets it; `path` when that is a folder of this machine."""

    url: str
    path: Path | None


def _store(project: Project) -> Kept:
    url = project.spec.store
    if "://" in url or Path(url).is_absolute():
        return Kept(url, None)
    path = (project.base / url).resolve()
    return Kept(str(path), path)


@contextmanager
def _mark(store: Kept) -> Iterator[Path | None]:
    """A file in the store that the job takes away: so it is known that both see the same disk."""
    if store.path is None:
        yield None
        return
    mark = store.path / "tmp" / f"submit-{uuid.uuid4().hex[:12]}"
    try:
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()
    except OSError as error:
        where = str(error.filename or mark)
        raise DeclmlError(
            "E4001",
            f"the store cannot be written: {error.strerror}",
            where=where,
            next="free it, or name another `store`",
        ) from error
    try:
        yield mark
    except BaseException:
        mark.unlink(missing_ok=True)
        raise


def entrypoint(args: argparse.Namespace, project: Project, store: Kept, mark: Path | None) -> str:
    """The shell command of the job."""
    named = ["--config-dir", ".", "--config-name", args.config_name] if args.config_name else [_spec_name(args)]
    overrides = [*args.overrides, f"store={_quoted(store.url)}"]
    engine = project.spec.engine
    if "address" in type(engine).model_fields:
        overrides.append("engine.address=auto")
    loud = ["-q"] * bool(args.quiet) + ["-v"] * bool(args.verbose) + ["--json"] * bool(args.json)
    until = ["--until", "release"] if project.spec.deployment else []  # a service is started where it is to stay
    command = shlex.join([args.python, "-m", "declml", *loud, "run", *until, *named, *overrides])
    if mark is None:
        return f"exec {command}"
    return f"rm {shlex.quote(str(mark))} 2>/dev/null || exit {NOT_SHARED}; exec {command}"


def _spec_name(args: argparse.Namespace) -> str:
    from declml.cli.open import spec_file

    file = spec_file(args)
    return file.name if file else ""


def _quoted(value: str) -> str:
    """A value in Hydra's override grammar."""
    plain = all(letter.isalnum() or letter in "/._-" for letter in value)
    return value if plain else "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _limit(text: str | None) -> int:
    try:
        limit = parse_size(text) if text else LIMIT
    except ValueError as error:
        raise SpecError("E1007", str(error), where="--max-size", next="--max-size 100MB") from error
    return min(limit, LIMIT)


def _started(job: str, cluster: Cluster, store: Kept) -> list[str]:
    kept = (
        f"results go to {store.url}, which the cluster must share"
        if store.path
        else f"results go to {store.url} as the cluster sees it"
    )
    return [f"job {job} on {cluster.address} (Ray {cluster.version})", kept]
