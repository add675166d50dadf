# SPDX-License-Identifier: Apache-2.0
"""The binary half of a glTF file while it grows: arrays in, accessor numbers out.

Every accessor gets its own tightly packed, 4-byte aligned buffer view. Equal arrays given twice are
stored once, found by their bytes, so that the result depends on nothing but the content and the
order of the calls. Sparse accessors stand on a view of zeros that those of one length share: the
specification allows none at all, but Godot up to 4.0 then reads the file's first view instead.
"""

from __future__ import annotations

import hashlib

import numpy as np
from jaxtyping import Float32

from gen3d.export.schema import (
    Accessor,
    BufferView,
    ComponentType,
    ElementType,
    Sparse,
    SparseIndices,
    SparseValues,
)

VERTEX_DATA = 34962
INDEX_DATA = 34963
_COMPONENTS: dict[str, ComponentType] = {"u1": 5121, "u2": 5123, "u4": 5125, "f4": 5126}
_TYPES: dict[tuple[int, ...], ElementType] = {
    (): "SCALAR",
    (2,): "VEC2",
    (3,): "VEC3",
    (4,): "VEC4",
    (4, 4): "MAT4",
}
_OFFSET_BYTES = 12
_DENSE_FROM = 0.8
"""Share of moved vertices above which a sparse accessor (14 bytes each) saves too little."""


def component_type(array: np.ndarray) -> ComponentType:
    """GlTF component type number of an array's dtype."""
    return _COMPONENTS[array.dtype.str[1:]]


def smallest_unsigned(array: np.ndarray, largest: int) -> np.ndarray:
    """Cast indices up to ``largest`` to 16 bits where they fit, else 32.

    65,535 itself is the primitive restart value in 16 bits and must not be used.
    """
    return array.astype(np.uint16 if largest < 0xFFFF else np.uint32)


class BufferBuilder:
    """Collects bytes, buffer views and accessors of one file."""

    def __init__(self) -> None:
        self.views: list[BufferView] = []
        self.accessors: list[Accessor] = []
        self._pieces: list[bytes] = []
        self._length = 0
        self._known: dict[bytes, int] = {}

    def binary(self) -> bytes:
        """All bytes so far."""
        return b"".join(self._pieces)

    def add_view(self, data: bytes, target: int | None = None, stride: int | None = None) -> int:
        """Append bytes; returns the number of their buffer view.

        Args:
            data: What it holds.
            target: See :meth:`add`.
            stride: Bytes from element to element, which must be said where vertex attributes share.
        """
        key = hashlib.sha256(f"view {target} {stride} ".encode() + data).digest()
        if key not in self._known:
            view = BufferView.model_validate(
                {
                    "buffer": 0,
                    "byteOffset": self._length,
                    "byteLength": len(data),
                    "byteStride": stride,
                    "target": target,
                }
            )
            self._known[key] = len(self.views)
            self.views.append(view)
            padding = -len(data) % 4
            self._pieces += [data, b"\0" * padding]
            self._length += len(data) + padding
        return self._known[key]

    def _add_accessor(self, accessor: Accessor) -> int:
        key = accessor.model_dump_json().encode()
        if key not in self._known:
            self._known[key] = len(self.accessors)
            self.accessors.append(accessor)
        return self._known[key]

    def add(self, array: np.ndarray, target: int | None = None, *, bounds: bool = False) -> int:
        """Append an array (first axis = elements); returns the number of its accessor.

        Args:
            array: uint8, uint16, uint32 or float32; elements of 1, 2, 3, 4 or 4x4 numbers, matrices
                already transposed to glTF's column-major order.
            target: Buffer view target, for vertex attributes and indices.
            bounds: Whether to write ``min`` and ``max`` (positions and key times need them).
        """
        array = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        low, high = _bounds(array) if bounds else (None, None)
        return self._add_accessor(
            Accessor(
                buffer_view=self.add_view(array.tobytes(), target),
                component_type=component_type(array),
                count=len(array),
                type=_TYPES[array.shape[1:]],
                min=low,
                max=high,
            )
        )

    def add_offsets(self, offsets: Float32[np.ndarray, "verts 3"]) -> int:
        """Append morph target offsets, sparsely where most of them are zero."""
        moved = np.flatnonzero(np.any(offsets != 0.0, axis=1))
        if len(moved) > _DENSE_FROM * len(offsets):
            return self.add(offsets, VERTEX_DATA, bounds=True)
        low, high = _bounds(offsets)
        zeros = bytes(offsets.nbytes)
        return self._add_accessor(
            Accessor(
                buffer_view=self.add_view(zeros, VERTEX_DATA, stride=_OFFSET_BYTES),
                component_type=5126,
                count=len(offsets),
                type="VEC3",
                min=low,
                max=high,
                sparse=self._sparse(moved, offsets[moved]) if len(moved) else None,
            )
        )

    def _sparse(self, moved: np.ndarray, values: np.ndarray) -> Sparse:
        indices = smallest_unsigned(moved, int(moved[-1]))
        kind = 5123 if indices.dtype == np.uint16 else 5125
        return Sparse(
            count=len(moved),
            indices=SparseIndices(
                buffer_view=self.add_view(
                    indices.astype(indices.dtype.newbyteorder("<")).tobytes()
                ),
                component_type=kind,
            ),
            values=SparseValues(buffer_view=self.add_view(values.astype("<f4").tobytes())),
        )


def _bounds(array: np.ndarray) -> tuple[tuple[float, ...], tuple[float, ...]]:
    flat = array.reshape(len(array), -1)
    low, high = (np.atleast_1d(f(flat, axis=0)).tolist() for f in (np.min, np.max))
    return tuple(low), tuple(high)
