# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nst

from gen3d.errors import Gen3dError
from gen3d.export import schema
from gen3d.export.accessors import decode
from gen3d.export.buffers import BufferBuilder, smallest_unsigned

FINITE = st.floats(-1e6, 1e6, width=32)


def file_of(buffers: BufferBuilder) -> schema.Gltf:
    return schema.Gltf(
        asset=schema.Asset(version="2.0"),
        accessors=tuple(buffers.accessors),
        buffer_views=tuple(buffers.views),
        buffers=(schema.Buffer(byte_length=max(1, len(buffers.binary()))),),
    )


@settings(deadline=None)
@given(
    nst.arrays(
        np.float32, st.tuples(st.integers(1, 30), st.sampled_from([2, 3, 4])), elements=FINITE
    )
)
def test_vectors_come_back_as_they_went(array: np.ndarray) -> None:
    buffers = BufferBuilder()
    number = buffers.add(array, bounds=True)
    np.testing.assert_array_equal(decode(file_of(buffers), buffers.binary(), number), array)
    accessor = buffers.accessors[number]
    assert accessor.min == tuple(array.min(axis=0).tolist())
    assert accessor.max == tuple(array.max(axis=0).tolist())


@settings(deadline=None)
@given(st.lists(st.integers(0, 2**32 - 2), min_size=1, max_size=50))
def test_indices_come_back_in_the_smallest_type_that_holds_them(numbers: list[int]) -> None:
    array = smallest_unsigned(np.array(numbers, dtype=np.int64), max(numbers))
    assert array.dtype == (np.uint16 if max(numbers) < 65535 else np.uint32)
    buffers = BufferBuilder()
    number = buffers.add(array)
    np.testing.assert_array_equal(decode(file_of(buffers), buffers.binary(), number), numbers)


@settings(deadline=None)
@given(st.data(), st.integers(1, 60))
def test_offsets_come_back_however_many_of_them_are_zero(data: st.DataObject, count: int) -> None:
    offsets = data.draw(nst.arrays(np.float32, (count, 3), elements=FINITE))
    still = data.draw(nst.arrays(np.bool_, count))
    offsets[still] = 0.0
    buffers = BufferBuilder()
    number = buffers.add_offsets(offsets)
    np.testing.assert_array_equal(decode(file_of(buffers), buffers.binary(), number), offsets)
    assert buffers.accessors[number].min == tuple(offsets.min(axis=0).tolist())


@settings(deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=8))
def test_views_are_aligned_apart_and_equal_bytes_are_stored_once(pieces: list[bytes]) -> None:
    buffers = BufferBuilder()
    numbers = [buffers.add_view(piece) for piece in pieces]
    binary = buffers.binary()
    assert len(buffers.views) == len(set(pieces))
    for piece, number in zip(pieces, numbers, strict=True):
        view = buffers.views[number]
        assert view.byte_offset % 4 == 0
        assert binary[view.byte_offset : view.byte_offset + view.byte_length] == piece


def strided(stride: int | None, offset: int, count: int, length: int) -> schema.Gltf:
    return schema.Gltf(
        asset=schema.Asset(version="2.0"),
        accessors=(
            schema.Accessor(
                buffer_view=0, byte_offset=offset, component_type=5126, count=count, type="VEC3"
            ),
        ),
        buffer_views=(schema.BufferView(buffer=0, byte_length=length, byte_stride=stride),),
        buffers=(schema.Buffer(byte_length=length),),
    )


def test_interleaved_attributes_are_read_with_their_stride() -> None:
    table = np.arange(40, dtype=np.float32).reshape(5, 8)
    gltf = strided(32, 12, 5, table.nbytes)
    np.testing.assert_array_equal(decode(gltf, table.tobytes(), 0), table[:, 3:6])


@pytest.mark.parametrize(
    ("stride", "offset", "count"), [(None, 0, 4), (32, 24, 5), (8, 0, 2), (None, 200, 1)]
)
def test_what_runs_past_the_end_is_damaged(stride: int | None, offset: int, count: int) -> None:
    length = 160 if stride == 32 else 40
    with pytest.raises(Gen3dError, match="damaged"):
        decode(strided(stride, offset, count, length), bytes(length), 0)


def test_numbers_that_are_not_finite_are_damaged() -> None:
    with pytest.raises(Gen3dError, match="finite"):
        decode(strided(None, 0, 1, 12), np.array([0, np.inf, 0], np.float32).tobytes(), 0)


def test_normalised_integers_become_fractions() -> None:
    gltf = schema.Gltf(
        asset=schema.Asset(version="2.0"),
        accessors=(
            schema.Accessor(
                buffer_view=0, component_type=5120, normalized=True, count=3, type="SCALAR"
            ),
        ),
        buffer_views=(schema.BufferView(buffer=0, byte_length=3),),
        buffers=(schema.Buffer(byte_length=3),),
    )
    data = np.array([-128, 0, 127], dtype=np.int8).tobytes()
    np.testing.assert_allclose(decode(gltf, data, 0), [-1.0, 0.0, 1.0])


def test_a_claim_of_billions_of_zeros_is_damaged_not_allocated() -> None:
    gltf = schema.Gltf(
        asset=schema.Asset(version="2.0"),
        accessors=(schema.Accessor(component_type=5126, count=1 << 40, type="VEC3"),),
    )
    with pytest.raises(Gen3dError, match="claims"):
        decode(gltf, b"", 0)
