"""Rows as an Arrow IPC stream."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from declml.serving.plane.refusal import RefusedError, malformed

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from declml.serving.plane.contract import Contract, Rows
    from declml.store.release import Release

DICTIONARY, RECORDS = 2, 3


class ArrowForm:
    """A body that is one Arrow IPC stream; the reply is the JSON of the route.

    Compressed streams are refused: a small body could unfold to any size.
    """

    own_reply = False

    def __init__(self, body: bytes) -> None:
        self._body = body

    def decode(self, contract: Contract) -> Rows:
        """The rows, validated by the complete rules.

        Raises:
            RefusedError: 400 not an Arrow stream, 413 too many rows, 415 compressed, 422 a row breaks the schema.
        """
        import pyarrow as pa

        try:
            self._guard(contract.most_rows)
            with pa.ipc.open_stream(pa.py_buffer(self._body)) as reader:
                table = reader.read_all()
            table.validate(full=True)
            wanted = [name for name in table.column_names if name not in contract.known or name in contract.read]
            rows = table.select(wanted).to_pylist()
        except RefusedError:
            raise
        except (pa.ArrowException, OSError, ValueError, KeyError, struct.error, IndexError, OverflowError) as error:
            raise malformed(f"the body is not a readable Arrow stream: {str(error)[:200]}") from error
        return contract.decode_objects(rows)

    def render(self, release: Release, answers: list[tuple[int, int, npt.NDArray[np.float32]]]) -> bytes:
        """Never called: a plain reply is made for this form."""
        raise NotImplementedError

    def _guard(self, most_rows: int) -> None:
        """Count rows and refuse compression before anything is unpacked."""
        import pyarrow as pa

        rows = 0
        for message in pa.ipc.MessageReader.open_stream(pa.py_buffer(self._body)):
            kind, count, compressed = batch_facts(message.metadata.to_pybytes())
            if compressed:
                raise RefusedError(415, "E5021", "compressed Arrow streams are not taken; send one without compression")
            rows += count if kind == RECORDS else 0
            if count > most_rows or rows > most_rows:
                raise RefusedError(413, "E5022", f"at most {most_rows} rows are taken in one request")


def batch_facts(metadata: bytes) -> tuple[int, int, bool]:
    """Kind, rows and compression of an IPC message, from its flatbuffer (format `Message.fbs` of Apache Arrow)."""
    message = _unsigned(metadata, 0)
    kind_at = _field(metadata, message, 1)
    kind = metadata[kind_at] if kind_at else 0
    header_at = _field(metadata, message, 2)
    if kind not in {DICTIONARY, RECORDS} or not header_at:
        return kind, 0, False
    batch = header_at + _unsigned(metadata, header_at)
    if kind == DICTIONARY:
        data_at = _field(metadata, batch, 1)
        batch = data_at + _unsigned(metadata, data_at)
    length_at = _field(metadata, batch, 0)
    count: Any = struct.unpack_from("<q", metadata, length_at)[0] if length_at else 0
    return kind, count, bool(_field(metadata, batch, 3))


def _unsigned(data: bytes, at: int) -> int:
    number: int = struct.unpack_from("<I", data, at)[0]
    return number


def _field(data: bytes, place: int, number: int) -> int:
    """Where a table's field lies; 0 when it has its default."""
    rules = place - struct.unpack_from("<i", data, place)[0]
    size = struct.unpack_from("<H", data, rules)[0]
    at = 4 + 2 * number
    offset = struct.unpack_from("<H", data, rules + at)[0] if at < size else 0
    return place + offset if offset else 0
