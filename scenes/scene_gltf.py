# SPDX-License-Identifier: Apache-2.0
"""A place as ``scene.glb``: metres, +Y up, the character's ground at the origin.

Shapes are meshes, copies are nodes that share them, under one node each for ground, plants, rocks
and so on. Albedo is texture x vertex colour x factor, as the tracer has it. Detail falls with
distance from the origin: the ground lies in rings, and plants are meshes whose names end in
``LOD0`` to ``LOD3``; the scene's extras list which belong together. A file for engines has
every copy in all levels (:mod:`scenes.levels`). The node
``collision-colonly`` (the suffix is Godot's) holds an invisible, simple mesh of everything solid.
Lamps and lit windows shine (``KHR_materials_emissive_strength``, cd/m^2), and lamps have points or
spots of light for programs that need them (``KHR_lights_punctual``). Same place, same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

import gen3d
from gen3d.export import container, schema
from gen3d.export.buffers import INDEX_DATA, VERTEX_DATA, BufferBuilder, smallest_unsigned
from gen3d.export.materials import REPEAT_MIPMAPPED, add_materials
from gen3d.export.tangents import vertex_tangents
from gen3d.panorama import EYE_HEIGHT
from gen3d.progress import OnStep, silent
from gen3d.runs import Json
from gen3d.spec import LandSpec, RoomSpec
from gen3d.types import Material, Texture
from scenes.collision import collision_mesh
from scenes.levels import coverage, levelled
from scenes.patterns import normal_map, shade
from scenes.place import Copies, Glow, Place, Shape, Surface
from scenes.render.site import built
from scenes.tonemap import encode_srgb
from scenes.world.terrain import Map

_PLANTS = (
    r"conifer|broadleaf|palm|cactus|bamboo|street tree|grass|herb|prickly pear|barrel cactus"
    r"|fallen leaves"
)
_GROUPS = (
    ("ground", r"ground|road"),
    ("water", r"water"),
    ("plants", _PLANTS),
    ("rocks", r"rock"),
    ("lamps", r"lamp"),
    ("landmarks", r"landmark"),
    ("built", r""),
)
"""Names of the nodes that hold the others, by how their names begin."""
_GROUPS_INSIDE = (
    ("room", r"floor|wall|ceiling|skirting|beams"),
    ("openings", r"window|door|curtain"),
    ("lamps", r"lamp"),
    ("furniture", r""),
)
"""The same of a room."""
_PUNCTUAL = "KHR_lights_punctual"
_LEVELS, _COVERAGE = "MSFT_lod", "MSFT_screencoverage"
_INVISIBLE = Material(
    name="collision", base_color=(0.0, 0.0, 0.0, 0.0), alpha_mode="MASK", roughness=1.0
)
_BRIGHTEST = 99.5
"""Percentile of a pattern that its texture's white stands for."""
_BUMPY = frozenset({"rock", "dirt", "litter", "sand", "bricks", "slabs", "wood", "asphalt"})


def write_scene(
    what: LandSpec | RoomSpec,
    seed: int,
    path: Path,
    extras: Mapping[str, object] | None = None,
    on_step: OnStep = silent,
) -> Json:
    """Build a land or a room and write it; returns what the manifest says about it."""
    place = built(what, seed)
    on_step(1, 3)
    data = scene_bytes(place, extras)
    on_step(2, 3)
    container.write_bytes(path, data)
    on_step(3, 3)
    return {
        "triangles": sum(len(c.shape.faces) * len(c.positions) for c in place.copies),
        "copies": sum(len(c.positions) for c in place.copies),
    }


def write_levels(
    land: LandSpec, seed: int, path: Path, extras: Mapping[str, object] | None = None
) -> None:
    """Write a land with every copy in all levels of detail; see :mod:`scenes.levels`."""
    place, coarser = levelled(Map(land, seed))
    container.write_bytes(path, scene_bytes(place, extras, coarser))


def scene_bytes(
    place: Place,
    extras: Mapping[str, object] | None = None,
    coarser: Mapping[str, Sequence[Shape]] | None = None,
) -> bytes:
    """The bytes of the file; see :func:`write_scene` and :func:`write_levels`."""
    buffers = BufferBuilder()
    used = sorted({int(n) for copies in place.copies for n in np.unique(copies.shape.surface)})
    pictures = _pictures([place.surfaces[n] for n in used])
    materials = {n: _material(place.surfaces[n], pictures) for n in used}
    tables = add_materials([*materials.values(), _INVISIBLE], buffers)
    number = {n: tables.number_of[id(m)] for n, m in materials.items()}
    meshes = [_mesh(copies.shape, place, number, buffers) for copies in place.copies]
    verts, faces = collision_mesh(place)
    meshes.append(_plain_mesh(verts, faces, tables.number_of[id(_INVISIBLE)], buffers))
    collision, lower = len(meshes) - 1, dict[str, list[int]]()
    for name, shapes in (coarser or {}).items():
        lower[name] = [*range(len(meshes), len(meshes) + len(shapes))]
        meshes += [_mesh(shape, place, number, buffers) for shape in shapes]
    nodes, roots = _nodes(place, collision, lower)
    used_extensions = [*tables.extensions_used, *([_PUNCTUAL] if place.glows else [])]
    used_extensions += [_LEVELS] if lower else []
    document = schema.Gltf(
        asset=schema.Asset(
            version="2.0",
            generator=f"gen3d {gen3d.__version__}",
            extras=dict(extras) if extras else None,
        ),
        extensions_used=tuple(sorted(used_extensions)) or None,
        extensions={_PUNCTUAL: {"lights": [_light(g) for g in place.glows]}}
        if place.glows
        else None,
        scene=0,
        scenes=(schema.Scene(name=place.name, nodes=roots, extras=_scene_extras(place)),),
        nodes=tuple(nodes),
        meshes=tuple(meshes),
        materials=tables.materials,
        textures=tables.textures or None,
        images=tables.images or None,
        samplers=(REPEAT_MIPMAPPED,) if tables.textures else None,
        accessors=tuple(buffers.accessors),
        buffer_views=tuple(buffers.views),
        buffers=(schema.Buffer(byte_length=len(buffers.binary())),),
    )
    text = document.model_dump_json(by_alias=True, exclude_none=True)
    return container.pack(text.encode(), buffers.binary())


def _scene_extras(place: Place) -> dict[str, object]:
    names = sorted({copies.shape.name for copies in place.copies})
    lods: dict[str, list[str]] = {}
    for name in names:
        stem = re.fullmatch(r"(.*) LOD\d", name)
        if stem:
            lods.setdefault(stem[1], []).append(name)
    return {"eye_height_m": EYE_HEIGHT, "visibility_m": place.visibility_m, "lods": lods}


def _whitest(pattern: str) -> float:
    return float(np.percentile(shade(pattern), _BRIGHTEST))


def _pictures(surfaces: Sequence[Surface]) -> dict[tuple[str, str], Texture]:
    """Colour and normal textures by kind and pattern, each once."""
    found = dict[tuple[str, str], Texture]()
    for surface in surfaces:
        pattern = surface.pattern
        if pattern == "plain" or ("color", pattern) in found:
            continue
        grey = np.clip(shade(pattern) / _whitest(pattern), 0.0, 1.0)
        level = encode_srgb(np.repeat(grey[..., None], 3, axis=2))
        pixels = np.round(level * 255.0).astype(np.uint8)
        found["color", pattern] = Texture(f"{pattern} color", pixels)
        if pattern in _BUMPY:
            unit = normal_map(pattern, surface.size_m)
            bytes_ = np.round((unit * 0.5 + 0.5) * 255.0).astype(np.uint8)
            found["normal", pattern] = Texture(f"{pattern} normal", bytes_)
    return found


def _material(surface: Surface, pictures: Mapping[tuple[str, str], Texture]) -> Material:
    white = _whitest(surface.pattern) if surface.pattern != "plain" else 1.0
    red, green, blue = (float(min(c * white, 1.0)) for c in surface.colour)
    shine = surface.emission
    return Material(
        name=surface.name,
        base_color=(red, green, blue, 1.0),
        base_color_texture=pictures.get(("color", surface.pattern)),
        normal_texture=pictures.get(("normal", surface.pattern)),
        metallic=surface.metallic,
        roughness=surface.roughness,
        emissive=(float(shine[0]), float(shine[1]), float(shine[2])),
        double_sided=surface.label in {"tree", "plant", "building", "window"},
    )


def _mesh(
    shape: Shape, place: Place, number: Mapping[int, int], buffers: BufferBuilder
) -> schema.Mesh:
    """One primitive for each surface of a shape."""
    primitives = list[schema.Primitive]()
    for surface in np.unique(shape.surface):
        used, faces = np.unique(shape.faces[shape.surface == surface], return_inverse=True)
        made_of = place.surfaces[int(surface)]
        arrays = {
            "POSITION": shape.verts[used],
            "NORMAL": shape.normals[used],
            "TEXCOORD_0": shape.uvs[used],
        }
        tint = shape.tint[used]
        if not np.all(tint == 1.0):
            # Where the factor has no room for the pattern's white, the vertices have it.
            room = _whitest(made_of.pattern) if max(made_of.colour) >= 1.0 else 1.0
            arrays["COLOR_0"] = np.clip(tint * np.float32(room), 0.0, 1.0).astype(np.float32)
        if made_of.pattern == "plain":
            del arrays["TEXCOORD_0"]
        elif made_of.pattern in _BUMPY:
            local = faces.reshape(-1, 3).astype(np.int32)
            arrays["TANGENT"] = vertex_tangents(
                arrays["POSITION"], local, arrays["NORMAL"], arrays["TEXCOORD_0"]
            )
        indices = smallest_unsigned(faces.ravel(), len(used))
        primitives.append(
            schema.Primitive(
                attributes={
                    name: buffers.add(array, VERTEX_DATA, bounds=name == "POSITION")
                    for name, array in arrays.items()
                },
                indices=buffers.add(indices, INDEX_DATA),
                material=number[int(surface)],
            )
        )
    return schema.Mesh(name=shape.name, primitives=tuple(primitives))


def _plain_mesh(
    verts: np.ndarray, faces: np.ndarray, material: int, buffers: BufferBuilder
) -> schema.Mesh:
    indices = smallest_unsigned(faces.ravel(), len(verts))
    primitive = schema.Primitive(
        attributes={"POSITION": buffers.add(verts, VERTEX_DATA, bounds=True)},
        indices=buffers.add(indices, INDEX_DATA),
        material=material,
    )
    return schema.Mesh(name="collision", primitives=(primitive,))


def _light(glow: Glow) -> dict[str, object]:
    """A lamp as a point that shines evenly to all sides, or as a wide spot, in candela."""
    peak = max(glow.colour)
    solid = float(np.pi) if glow.facing else 4.0 * float(np.pi)
    light: dict[str, object] = {
        "type": "spot" if glow.facing else "point",
        "name": glow.name,
        "color": [round(float(c) / peak, 5) for c in glow.colour],
        "intensity": round(glow.lumens / solid * peak, 3),
    }
    # A spot falls off from its inner to its outer cone much as a matt pane does by its cosine.
    cone = {"innerConeAngle": 0.4, "outerConeAngle": 1.45}
    return {**light, "spot": cone} if glow.facing else light


def _aimed(way: tuple[float, float, float]) -> tuple[float, float, float, float]:
    """The turn, as a quaternion, of a light, which shines along -Z, to where it is to shine."""
    x, y, z = (float(v) for v in way)
    # Half way between the two, by the cross product and the cosine; straight back is a half turn.
    if z > 1.0 - 1e-6:
        return 0.0, 1.0, 0.0, 0.0
    length = float(np.sqrt(x * x + y * y + (1.0 - z) ** 2))
    return y / length, -x / length, 0.0, (1.0 - z) / length


def _nodes(
    place: Place, collision: int, lower: Mapping[str, Sequence[int]]
) -> tuple[list[schema.Node], tuple[int, ...]]:
    """A node for each copy under one for its group, and the numbers of the groups.

    ``lower`` has the meshes of the coarser levels by the name of the finest.
    """
    nodes, children = list[schema.Node](), dict[str, list[int]]()
    groups = _GROUPS_INSIDE if place.inside else _GROUPS
    for mesh, many in enumerate(place.copies):
        name = many.shape.name
        group = next(title for title, start in groups if re.match(start, name))
        for k in range(len(many.positions)):
            title = name if len(many.positions) == 1 else f"{name} #{k}"
            node = _node(many, k, mesh, title)
            if name in lower:
                first = len(nodes)
                nodes += [_node(many, k, m, f"{title} coarser") for m in lower[name]]
                ids: dict[str, object] = {"ids": [*range(first, len(nodes))]}
                shares = coverage(1 + len(lower[name]))
                node = node.model_copy(
                    update={"extensions": {_LEVELS: ids}, "extras": {_COVERAGE: shares}}
                )
            children.setdefault(group, []).append(len(nodes))
            nodes.append(node)
    for number, glow in enumerate(place.glows):
        children.setdefault("lamps", []).append(len(nodes))
        x, y, z = (round(float(v), 4) for v in glow.position)
        shine: dict[str, object] = {_PUNCTUAL: {"light": number}}
        name = f"light of {glow.name} #{number}"
        turn = _aimed(glow.facing) if glow.facing else None
        nodes.append(schema.Node(name=name, translation=(x, y, z), rotation=turn, extensions=shine))
    roots = list[int]()
    for title, _ in groups:
        if title in children:
            roots.append(len(nodes))
            nodes.append(schema.Node(name=title, children=tuple(children[title])))
    roots.append(len(nodes))
    nodes.append(schema.Node(name="collision-colonly", mesh=collision))
    return nodes, tuple(roots)


def _node(many: Copies, k: int, mesh: int, name: str) -> schema.Node:
    x, y, z = (round(float(v), 4) for v in many.positions[k])
    turn, scale = float(many.turns[k]), round(float(many.scales[k]), 4)
    return schema.Node(
        name=name,
        mesh=mesh,
        translation=(x, y, z) if (x, y, z) != (0.0, 0.0, 0.0) else None,
        rotation=(0.0, float(np.sin(turn / 2)), 0.0, float(np.cos(turn / 2))) if turn else None,
        scale=(scale, scale, scale) if scale != 1.0 else None,
    )
