# SPDX-License-Identifier: Apache-2.0
"""From parsed glTF JSON and its binary chunk to a :class:`~gen3d.export.document.Document`.

Every reference is followed and every pair of arrays that must fit together is compared, so that
nothing behind this point meets an index out of range.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64, Int32

from gen3d import transforms
from gen3d.errors import Gen3dError
from gen3d.export import schema
from gen3d.export.accessors import damaged, decode, pick, view_bytes
from gen3d.export.document import (
    AnimationData,
    Document,
    MeshData,
    NodeData,
    Picture,
    PrimitiveData,
    SkinData,
    TrackData,
    mapping_of,
    texture_slots,
)

_LARGEST = 1e9
_UNDERSTOOD = ("KHR_materials_", "KHR_texture_transform", "KHR_mesh_quantization", "KHR_lights_")


def build(gltf: schema.Gltf, binary: bytes, name: str, size_bytes: int) -> Document:
    """Follow every reference of a parsed file.

    Raises:
        Gen3dError: One leads nowhere, or arrays do not fit together.
    """
    _require_understood(gltf)
    nodes = _nodes(gltf)
    document = Document(
        name=name,
        size_bytes=size_bytes,
        gltf=gltf,
        nodes=nodes,
        meshes=tuple(_mesh(gltf, binary, mesh) for mesh in gltf.meshes or ()),
        skins=tuple(_skin(gltf, binary, skin) for skin in gltf.skins or ()),
        animations=tuple(_animation(gltf, binary, a) for a in gltf.animations or ()),
        pictures=tuple(_picture(gltf, binary, image) for image in gltf.images or ()),
    )
    _require_references(document)
    return document


def _require_understood(gltf: schema.Gltf) -> None:
    if not gltf.asset.version.startswith("2."):
        raise damaged(f"its version is {gltf.asset.version!r}, not 2")
    for extension in gltf.extensions_required or ():
        if not extension.startswith(_UNDERSTOOD):
            raise Gen3dError(
                f"The glTF file needs the extension {extension}, which cannot be read here.",
                "Export it without compression.",
            )


def _nodes(gltf: schema.Gltf) -> tuple[NodeData, ...]:
    nodes = gltf.nodes or ()
    return tuple(
        NodeData(node.name or "", parent, node.mesh, node.skin, _local_matrix(node))
        for node, parent in zip(nodes, parents_of(nodes), strict=True)
    )


def parents_of(nodes: Sequence[schema.Node]) -> tuple[int, ...]:
    """Parent of each node, -1 for none.

    Raises:
        Gen3dError: A node has two parents or is above itself.
    """
    parents = [-1] * len(nodes)
    for index, node in enumerate(nodes):
        for child in node.children or ():
            pick(nodes, child, "node")
            if parents[child] >= 0:
                raise damaged(f"node {child} has two parents")
            parents[child] = index
    _require_no_cycle(parents)
    return tuple(parents)


def _require_no_cycle(parents: Sequence[int]) -> None:
    """Every walk towards the root ends; each node is walked over once."""
    done = [False] * len(parents)
    for start in range(len(parents)):
        walk: list[int] = []
        seen: set[int] = set()
        node = start
        while node >= 0 and not done[node]:
            if node in seen:
                raise damaged(f"node {node} is its own ancestor")
            seen.add(node)
            walk.append(node)
            node = parents[node]
        for visited in walk:
            done[visited] = True


def _local_matrix(node: schema.Node) -> Float64[np.ndarray, "4 4"]:
    if node.matrix is not None:
        matrix = np.array(node.matrix, dtype=np.float64).reshape(4, 4).T
        _require_scale(matrix, "a node's matrix")
        return matrix
    x, y, z, w = node.rotation or (0.0, 0.0, 0.0, 1.0)
    rotation = transforms.to_matrix(transforms.normalize(np.array([w, x, y, z], dtype=np.float64)))
    matrix = np.eye(4)
    matrix[:3, :3] = rotation * np.array(node.scale or (1.0, 1.0, 1.0))
    matrix[:3, 3] = node.translation or (0.0, 0.0, 0.0)
    _require_scale(matrix, "a node's transform")
    return matrix


def _require_scale(values: np.ndarray, what: str) -> None:
    """Refuse numbers with which arithmetic overflows; nothing real is a million kilometres away."""
    largest = float(np.abs(values).max())
    if not largest < _LARGEST:
        raise damaged(f"{what} holds {largest:g}")


def _mesh(gltf: schema.Gltf, binary: bytes, mesh: schema.Mesh) -> MeshData:
    primitives = tuple(_primitive(gltf, binary, p) for p in mesh.primitives)
    count = len(primitives[0].targets)
    if any(len(p.targets) != count for p in primitives):
        raise damaged(f"the primitives of mesh {mesh.name!r} have different morph targets")
    given = mapping_of(mesh.extras).get("targetNames")
    names = tuple(str(name) for name in given) if isinstance(given, list) else ()
    if names and len(names) != count:
        raise damaged(f"mesh {mesh.name!r} names {len(names)} morph targets but has {count}")
    return MeshData(mesh.name or "", primitives, names)


def _primitive(gltf: schema.Gltf, binary: bytes, primitive: schema.Primitive) -> PrimitiveData:
    attributes = {name: decode(gltf, binary, i) for name, i in primitive.attributes.items()}
    targets = tuple(
        {name: decode(gltf, binary, i) for name, i in target.items()}
        for target in primitive.targets or ()
    )
    if "POSITION" not in attributes:
        raise damaged("a primitive has no POSITION")
    for name in attributes:
        other = name.replace("JOINTS_", "WEIGHTS_")
        if other not in attributes:
            raise damaged(f"a primitive has {name} without {other}")
    count = len(attributes["POSITION"])
    for values in (attributes, *targets):
        for name, array in values.items():
            _require_attribute(name, array, count)
    return PrimitiveData(
        attributes=attributes,
        faces=_faces(gltf, binary, primitive, count),
        material=primitive.material,
        targets=targets,
        extras=mapping_of(primitive.extras),
    )


_ATTRIBUTE_KINDS = {
    "POSITION": ("f", 3),
    "NORMAL": ("f", 3),
    "TANGENT": ("f", 0),
    "TEXCOORD": ("f", 2),
    "JOINTS": ("u", 4),
    "WEIGHTS": ("f", 4),
}
"""Kind of number and how many an element has (0: three in a morph target, four in a mesh)."""


def _require_attribute(name: str, array: np.ndarray, count: int) -> None:
    if len(array) != count:
        raise damaged(f"{name} has {len(array)} elements for {count} vertices")
    kind, width = _ATTRIBUTE_KINDS.get(name.partition("_")[0], ("", 0))
    if width and array.shape[1:] != (width,):
        raise damaged(f"{name} has elements of shape {array.shape[1:]}")
    if kind and array.dtype.kind != kind:
        raise damaged(f"{name} holds numbers of type {array.dtype}")
    if kind == "f":
        _require_scale(array, name)


def _faces(
    gltf: schema.Gltf, binary: bytes, primitive: schema.Primitive, count: int
) -> Int32[np.ndarray, "faces 3"]:
    if primitive.indices is None:
        indices = np.arange(count)
    else:
        indices = decode(gltf, binary, primitive.indices)
    if indices.ndim != 1 or indices.dtype.kind == "f":
        raise damaged("a primitive's indices are not whole numbers")
    if int(indices.max()) >= count:
        raise damaged(f"a face names vertex {int(indices.max())} of {count}")
    if primitive.mode != 4:
        return np.zeros((0, 3), dtype=np.int32)
    if len(indices) % 3:
        raise damaged(f"{len(indices)} indices do not make triangles")
    return indices.reshape(-1, 3).astype(np.int32)


def _skin(gltf: schema.Gltf, binary: bytes, skin: schema.Skin) -> SkinData:
    for joint in skin.joints:
        pick(gltf.nodes, joint, "node")
    if skin.inverse_bind_matrices is None:
        inverse = np.tile(np.eye(4), (len(skin.joints), 1, 1))
    else:
        inverse = decode(gltf, binary, skin.inverse_bind_matrices).astype(np.float64)
    if inverse.shape != (len(skin.joints), 4, 4):
        raise damaged(f"{len(skin.joints)} joints have matrices of shape {inverse.shape}")
    _require_scale(inverse, "an inverse bind matrix")
    return SkinData(skin.name or "", skin.joints, inverse)


def _animation(gltf: schema.Gltf, binary: bytes, animation: schema.Animation) -> AnimationData:
    tracks = [
        _track(gltf, binary, channel.target, pick(animation.samplers, channel.sampler, "sampler"))
        for channel in animation.channels
        if channel.target.node is not None
    ]
    if not tracks:
        raise damaged(f"animation {animation.name!r} moves no node")
    return AnimationData(animation.name or "", tuple(tracks), mapping_of(animation.extras))


_PATH_WIDTHS = {"translation": 3, "rotation": 4, "scale": 3}


def _track(
    gltf: schema.Gltf, binary: bytes, target: schema.ChannelTarget, sampler: schema.AnimationSampler
) -> TrackData:
    node = target.node or 0
    pick(gltf.nodes, node, "node")
    times, values = (decode(gltf, binary, i) for i in (sampler.input, sampler.output))
    if times.ndim != 1 or times.dtype.kind != "f" or values.dtype.kind != "f":
        raise damaged("animation keys are not numbers over time")
    if np.any(np.diff(times) <= 0) or times[0] < 0:
        raise damaged("animation times do not increase")
    per_key = 3 if sampler.interpolation == "CUBICSPLINE" else 1
    width = _PATH_WIDTHS.get(target.path, 0)
    shape = (per_key * len(times), width)
    if len(values) % shape[0] or (width and values.shape != shape):
        raise damaged(f"{len(times)} keys of {target.path} have values of shape {values.shape}")
    _require_scale(values, "an animation key")
    keys = values.reshape(len(times), per_key, -1)
    # A cubic key is in-tangent, value, out-tangent: the value is what a look at the poses needs.
    return TrackData(node, target.path, times, keys[:, per_key // 2], sampler.interpolation)


def _picture(gltf: schema.Gltf, binary: bytes, image: schema.Image) -> Picture:
    if image.buffer_view is None:
        raise Gen3dError(
            "The glTF file keeps a picture outside itself.", "Export it as one self-contained GLB."
        )
    data = view_bytes(gltf, binary, image.buffer_view)
    return Picture(image.name or "", image.mime_type or "", data)


def _require_references(document: Document) -> None:
    """What is not followed while building: nodes to meshes and skins, surfaces to pictures."""
    gltf = document.gltf
    for node in document.nodes:
        _require_mesh_and_skin(document, node)
    for root in (root for scene in gltf.scenes or () for root in scene.nodes or ()):
        pick(document.nodes, root, "node")
    for primitive in (primitive for mesh in document.meshes for primitive in mesh.primitives):
        if primitive.material is not None:
            pick(gltf.materials, primitive.material, "material")
    for texture in gltf.textures or ():
        if texture.source is not None:
            pick(document.pictures, texture.source, "picture")
    for info in (info for m in document.materials for info in texture_slots(m).values()):
        document.picture_of(info)


def _require_mesh_and_skin(document: Document, node: NodeData) -> None:
    if node.mesh is None:
        return
    mesh = pick(document.meshes, node.mesh, "mesh")
    if node.skin is not None:
        _require_joints(mesh, pick(document.skins, node.skin, "skin"))


def _require_joints(mesh: MeshData, skin: SkinData) -> None:
    for primitive in mesh.primitives:
        for name, array in primitive.attributes.items():
            if name.startswith("JOINTS_") and int(array.max()) >= len(skin.joints):
                raise damaged(f"{name} names joint {int(array.max())} of {len(skin.joints)}")
