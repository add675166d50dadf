# SPDX-License-Identifier: Apache-2.0
"""An :class:`gen3d.types.ObjectAsset` as one glTF 2.0 binary file, and back again.

One node, one mesh, one primitive per part; PNG textures; tangents where there is a normal map. No
skin, no animation, no extension. Same object, same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

import gen3d
from gen3d.errors import Gen3dError
from gen3d.export import container, schema
from gen3d.export.buffers import INDEX_DATA, VERTEX_DATA, BufferBuilder, smallest_unsigned
from gen3d.export.document import Document, PrimitiveData
from gen3d.export.gltf import unit_normals
from gen3d.export.gltf_read import materials_of
from gen3d.export.materials import REPEAT_MIPMAPPED, MaterialTables, add_materials
from gen3d.export.tangents import vertex_tangents
from gen3d.types import Material, Mesh, ObjectAsset, ObjectPart


def write_object_glb(
    asset: ObjectAsset, path: Path, *, extras: Mapping[str, object] | None = None
) -> None:
    """Write an object so that the file is there completely or not at all.

    Args:
        asset: What to write.
        path: The ``.glb`` file; replaced when it exists.
        extras: JSON values for ``asset.extras``: prompt, seed, models, licences.

    Raises:
        Gen3dError: The place cannot be written.
        ValueError: The object breaks a promise of :mod:`gen3d.types`.
    """
    container.write_bytes(path, object_bytes(asset, extras=extras))


def object_bytes(asset: ObjectAsset, *, extras: Mapping[str, object] | None = None) -> bytes:
    """The bytes of the file; see :func:`write_object_glb`."""
    if not asset.parts:
        raise ValueError(f"object {asset.name!r} has no parts")
    buffers = BufferBuilder()
    surfaces = add_materials([part.material for part in asset.parts], buffers)
    primitives = tuple(_primitive(part, surfaces, buffers) for part in asset.parts)
    document = schema.Gltf(
        asset=schema.Asset(
            version="2.0",
            generator=f"gen3d {gen3d.__version__}",
            extras=dict(extras) if extras else None,
        ),
        extensions_used=surfaces.extensions_used or None,
        scene=0,
        scenes=(schema.Scene(name=asset.name, nodes=(0,)),),
        nodes=(schema.Node(name=asset.name, mesh=0),),
        meshes=(schema.Mesh(name=asset.name, primitives=primitives),),
        materials=surfaces.materials or None,
        textures=surfaces.textures or None,
        images=surfaces.images or None,
        samplers=(REPEAT_MIPMAPPED,) if surfaces.textures else None,
        accessors=tuple(buffers.accessors),
        buffer_views=tuple(buffers.views),
        buffers=(schema.Buffer(byte_length=len(buffers.binary())),),
    )
    text = document.model_dump_json(by_alias=True, exclude_none=True)
    return container.pack(text.encode(), buffers.binary())


def _primitive(
    part: ObjectPart, surfaces: MaterialTables, buffers: BufferBuilder
) -> schema.Primitive:
    mesh = part.mesh
    _require_sound(part.name, mesh)
    normals = unit_normals(mesh)
    arrays = {"POSITION": mesh.verts, "NORMAL": normals}
    if part.material.normal_texture is not None:
        arrays["TANGENT"] = vertex_tangents(mesh.verts, mesh.faces, normals, mesh.uvs)
    arrays["TEXCOORD_0"] = mesh.uvs
    indices = smallest_unsigned(mesh.faces.ravel(), len(mesh.verts))
    return schema.Primitive(
        attributes={
            name: buffers.add(array, VERTEX_DATA, bounds=name == "POSITION")
            for name, array in arrays.items()
        },
        indices=buffers.add(indices, INDEX_DATA),
        material=surfaces.number_of[id(part.material)],
        extras={"name": part.name},
    )


def _require_sound(name: str, mesh: Mesh) -> None:
    if not all(np.all(np.isfinite(array)) for array in (mesh.verts, mesh.normals, mesh.uvs)):
        raise ValueError(f"part {name!r} holds numbers that are not finite")
    if not len(mesh.faces):
        raise ValueError(f"part {name!r} has no faces")
    if mesh.faces.min() < 0 or mesh.faces.max() >= len(mesh.verts):
        raise ValueError(f"part {name!r} has a face that names a vertex it does not have")


def to_object(document: Document) -> ObjectAsset:
    """Rebuild the object of a file written by :func:`write_object_glb`.

    Raises:
        Gen3dError: The file holds something else.
    """
    shown = [node for node in document.nodes if node.mesh is not None]
    if document.skins or len(document.nodes) != 1 or len(shown) != 1:
        raise _foreign("it has bones or several nodes")
    document.decode_pictures()
    materials = materials_of(document)
    mesh = document.meshes[shown[0].mesh or 0]
    parts = tuple(_part(primitive, materials) for primitive in mesh.primitives)
    return ObjectAsset(shown[0].name, parts)


def _part(primitive: PrimitiveData, materials: list[Material]) -> ObjectPart:
    arrays = primitive.attributes
    missing = {"NORMAL", "TEXCOORD_0"} - set(arrays)
    if missing or primitive.material is None:
        raise _foreign(f"a primitive has no {', '.join(sorted(missing)) or 'material'}")
    return ObjectPart(
        name=str(primitive.extras.get("name", "")),
        mesh=Mesh(primitive.verts, primitive.faces, arrays["NORMAL"], arrays["TEXCOORD_0"]),
        material=materials[primitive.material],
    )


def _foreign(why: str) -> Gen3dError:
    return Gen3dError(
        f"The file is no object of this project: {why}.", "Use a GLB that gen3d object wrote."
    )
