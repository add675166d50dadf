# SPDX-License-Identifier: Apache-2.0
"""Arrays out of a glTF binary chunk, every bound checked (glTF 2.0, section 3.6).

Normalised integers become floats, strides are followed, sparse elements are laid over their base,
matrices come back with rows as rows. Numbers that are not finite are refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from gen3d.errors import Gen3dError
from gen3d.export import schema

_DTYPES = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_SHAPES: dict[str, tuple[int, ...]] = {
    "SCALAR": (),
    "VEC2": (2,),
    "VEC3": (3,),
    "VEC4": (4,),
    "MAT2": (2, 2),
    "MAT3": (3, 3),
    "MAT4": (4, 4),
}
_MOST_NUMBERS = 1 << 24
"""Zeros take no room in the file, so what an accessor may claim needs a limit of its own."""

Item = TypeVar("Item")


def damaged(what: str) -> Gen3dError:
    """The error for a file that contradicts itself."""
    return Gen3dError(
        f"The glTF file is damaged: {what}.", "Make it again, or open it in the program it is from."
    )


def pick(items: Sequence[Item] | None, index: int, what: str) -> Item:
    """Follow a reference; raises when it leads nowhere."""
    if items is None or not 0 <= index < len(items):
        raise damaged(f"it names {what} {index} of {len(items or ())}")
    return items[index]


def view_bytes(gltf: schema.Gltf, binary: bytes, index: int) -> bytes:
    """Bytes of a buffer view."""
    view = pick(gltf.buffer_views, index, "buffer view")
    buffer = pick(gltf.buffers, view.buffer, "buffer")
    if buffer.uri is not None:
        raise Gen3dError(
            "The glTF file keeps its data in another file.", "Export it as one self-contained GLB."
        )
    end = view.byte_offset + view.byte_length
    if end > buffer.byte_length or end > len(binary):
        raise damaged(f"buffer view {index} runs past the end of the data")
    return binary[view.byte_offset : end]


def decode(gltf: schema.Gltf, binary: bytes, index: int) -> np.ndarray:
    """Array of an accessor, first axis = elements; floats as float32, integers as stored."""
    accessor = pick(gltf.accessors, index, "accessor")
    shape = (accessor.count, *_SHAPES[accessor.type])
    if int(np.prod(shape, dtype=object)) > _MOST_NUMBERS:
        raise damaged(f"accessor {index} claims {accessor.count} elements")
    values = _base(gltf, binary, accessor, shape)
    if accessor.sparse is not None:
        values = _overlaid(gltf, binary, accessor.sparse, values)
    if values.ndim == 3:
        values = np.swapaxes(values, 1, 2)
    if accessor.normalized:
        values = _denormalized(values)
    if values.dtype.kind == "f" and not np.all(np.isfinite(values)):
        raise damaged(f"accessor {index} holds numbers that are not finite")
    return np.ascontiguousarray(values).astype(values.dtype.newbyteorder("="))


def _base(
    gltf: schema.Gltf, binary: bytes, accessor: schema.Accessor, shape: tuple[int, ...]
) -> np.ndarray:
    dtype = np.dtype(_DTYPES[accessor.component_type])
    if accessor.buffer_view is None:
        return np.zeros(shape, dtype)
    data = view_bytes(gltf, binary, accessor.buffer_view)
    stride = pick(gltf.buffer_views, accessor.buffer_view, "buffer view").byte_stride
    return _strided(data, accessor.byte_offset or 0, shape, dtype, stride)


def _strided(
    data: bytes, offset: int, shape: tuple[int, ...], dtype: np.dtype, stride: int | None
) -> np.ndarray:
    """Elements ``stride`` bytes apart (tightly packed when None), copied."""
    size = int(np.prod(shape[1:], dtype=np.int64)) * dtype.itemsize
    if len(shape) == 3 and size % (4 * shape[1]):
        raise damaged("small matrices with padded columns are not supported")
    step = stride or size
    if step < size or offset + step * (shape[0] - 1) + size > len(data):
        raise damaged("an accessor runs past the end of its buffer view")
    raw = np.frombuffer(data, np.uint8)[offset:]
    rows = np.lib.stride_tricks.as_strided(raw, (shape[0], size), (step, 1), writeable=False)
    return np.ascontiguousarray(rows).view(dtype).reshape(shape)


def _overlaid(
    gltf: schema.Gltf, binary: bytes, sparse: schema.Sparse, base: np.ndarray
) -> np.ndarray:
    at_data = view_bytes(gltf, binary, sparse.indices.buffer_view)
    index_type = np.dtype(_DTYPES[sparse.indices.component_type])
    if sparse.count > len(base):
        raise damaged(f"a sparse accessor replaces {sparse.count} of {len(base)} elements")
    at = _strided(at_data, sparse.indices.byte_offset, (sparse.count,), index_type, None)
    if np.any(np.diff(at.astype(np.int64)) <= 0) or at[-1] >= len(base):
        raise damaged("the indices of a sparse accessor do not ascend within its count")
    value_data = view_bytes(gltf, binary, sparse.values.buffer_view)
    shape = (sparse.count, *base.shape[1:])
    values = _strided(value_data, sparse.values.byte_offset, shape, base.dtype, None)
    result = base.copy()
    result[at] = values
    return result


def _denormalized(values: np.ndarray) -> np.ndarray:
    """Integers to [0, 1] or [-1, 1] (section 3.11, "Animations", gives the formulas)."""
    if values.dtype.kind == "f":
        raise damaged("a float accessor says that it is normalised")
    largest = float(np.iinfo(values.dtype).max)
    return np.maximum(values / largest, -1.0).astype(np.float32)
