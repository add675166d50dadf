# SPDX-License-Identifier: Apache-2.0
"""A character as one USDZ: UsdSkel skeleton and clips, blend shapes, UsdPreviewSurface.

``/Character`` is a SkelRoot with a Skeleton, one Mesh of all parts (Apple's viewers show one
skinned mesh a file) with a GeomSubset for each material, a SkelAnimation for each clip, of which
the first plays, and the face's blend shapes, stored sparsely and moved by the clips. +Y up,
``metersPerUnit`` 1, time codes are frames of the first clip.

Specifications: OpenUSD's UsdSkel, UsdGeom, UsdShade schemas and the UsdPreviewSurface proposal.
Matrices are for row vectors there, quaternions wxyz as ours, V runs up. ``usd-core`` writes; it is
imported where it is used.
"""

# usd-core's classes come from compiled modules, of which a type checker sees nothing.
# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gen3d.atomic import publish
from gen3d.errors import Gen3dError
from gen3d.export.container import write_bytes
from gen3d.export.gltf import unit_normals
from gen3d.export.images import encode_png, textures_of
from gen3d.export.influences import tidy
from gen3d.export.usd_surface import add_material
from gen3d.skeleton import NAMINGS
from gen3d.types import Character, Clip, Material, Skeleton

_ROOT = "/Character"
_STILL_METRES = 1e-5


@dataclass(frozen=True)
class _Joined:
    """All parts as one mesh."""

    verts: np.ndarray
    faces: np.ndarray
    normals: np.ndarray
    uvs: np.ndarray
    joints: np.ndarray
    weights: np.ndarray
    morphs: dict[str, np.ndarray]
    subsets: tuple[tuple[Material, np.ndarray], ...]
    """Faces of each material."""


def write_usdz(character: Character, path: Path, folder: Path, *, naming: str = "vrm") -> None:
    """Write one USDZ file so that it is there completely or not at all.

    Args:
        character: Whom.
        path: The ``.usdz``.
        folder: An empty one for working files, on the same disk.
        naming: Bone names: a key of :data:`gen3d.skeleton.NAMINGS`.

    Raises:
        Gen3dError: ``usd-core`` is absent or cannot pack the file.
    """
    try:
        from pxr import Sdf
    except ImportError as error:
        raise Gen3dError("USD files need usd-core.", "pip install usd-core") from error
    layer = folder / "character.usdc"
    _write_stage(character, layer, naming)
    for texture in textures_of(character):
        write_bytes(folder / "textures" / f"{texture.name}.png", encode_png(texture))
    packed = folder / "packed.usdz"
    archive = Sdf.ZipFileWriter.CreateNew(str(packed))
    # The first file is what a reader opens; each is stored as it is, on a 64-byte boundary.
    files = [layer, *sorted((folder / "textures").glob("*.png"))]
    stored = [archive.AddFile(str(file), file.relative_to(folder).as_posix()) for file in files]
    if not all(stored) or not archive.Save():
        raise Gen3dError(f"{path.name} could not be packed.", "Check that the disk has room.")
    publish(packed, path)


def _write_stage(character: Character, layer: Path, naming: str) -> None:
    from pxr import Usd, UsdGeom, UsdSkel

    stage = Usd.Stage.CreateNew(str(layer))
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.y)
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    root = UsdSkel.Root.Define(stage, _ROOT)
    stage.SetDefaultPrim(root.GetPrim())
    mesh = _joined(character)
    low, high = mesh.verts.min(axis=0), mesh.verts.max(axis=0)
    UsdGeom.ModelAPI.Apply(root.GetPrim()).SetExtentsHint(_vectors(np.stack([low, high])))
    joints = _joint_paths(character.skeleton, naming)
    _add_skeleton(stage, character.skeleton, joints)
    _add_mesh(stage, mesh)
    for number, clip in enumerate(character.clips):
        _add_clip(stage, clip, character.skeleton, joints, mesh, first=number == 0)
    stage.GetRootLayer().Save()


def _joined(character: Character) -> _Joined:
    parts = character.parts
    starts = np.cumsum([0, *(len(part.mesh.verts) for part in parts)])
    first_face = np.cumsum([0, *(len(part.mesh.faces) for part in parts)])
    names = dict.fromkeys(name for part in parts for name in part.morphs)
    skins = [tidy(part.skin, len(character.skeleton.names)) for part in parts]
    of: dict[int, tuple[Material, list[np.ndarray]]] = {}
    for part, face in zip(parts, first_face, strict=False):
        mine = np.arange(face, face + len(part.mesh.faces))
        of.setdefault(id(part.material), (part.material, []))[1].append(mine)
    return _Joined(
        verts=np.concatenate([part.mesh.verts for part in parts]),
        faces=np.concatenate([p.mesh.faces + s for p, s in zip(parts, starts, strict=False)]),
        normals=np.concatenate([unit_normals(part.mesh) for part in parts]),
        uvs=np.concatenate([part.mesh.uvs for part in parts]) * [1.0, -1.0] + [0.0, 1.0],
        joints=np.concatenate([skin.joints for skin in skins]).astype(np.int32),
        weights=np.concatenate([skin.weights for skin in skins]),
        morphs={
            name: np.concatenate([p.morphs.get(name, np.zeros_like(p.mesh.verts)) for p in parts])
            for name in names
        },
        subsets=tuple((material, np.concatenate(faces)) for material, faces in of.values()),
    )


def _vectors(rows: np.ndarray) -> Any:  # noqa: ANN401  # usd-core is untyped
    from pxr import Vt

    return Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(rows, dtype=np.float32))


def _identifier(name: str) -> str:
    """A name as USD allows it."""
    clean = re.sub(r"\W", "_", name, flags=re.ASCII) or "_"
    return f"_{clean}" if clean[0].isdigit() else clean


def _joint_paths(skeleton: Skeleton, naming: str) -> list[str]:
    table = NAMINGS[naming]
    paths: list[str] = []
    for name, parent in zip(skeleton.names, skeleton.parents, strict=True):
        own = _identifier(table.get(name, name))
        paths.append(own if parent < 0 else f"{paths[parent]}/{own}")
    return paths


def _add_skeleton(stage: Any, skeleton: Skeleton, joints: Sequence[str]) -> None:  # noqa: ANN401
    from pxr import Gf, UsdSkel

    def moved(places: np.ndarray) -> list[Any]:
        identity = Gf.Matrix4d(1.0)
        return [Gf.Matrix4d(identity).SetTranslate(Gf.Vec3d(*map(float, row))) for row in places]

    prim = UsdSkel.Skeleton.Define(stage, f"{_ROOT}/Skeleton")
    prim.CreateJointsAttr(list(joints))
    prim.CreateBindTransformsAttr(moved(skeleton.positions))
    prim.CreateRestTransformsAttr(moved(skeleton.offsets))
    UsdSkel.BindingAPI.Apply(prim.GetPrim())


def _add_mesh(stage: Any, mesh: _Joined) -> None:  # noqa: ANN401
    from pxr import Sdf, UsdGeom, UsdShade, UsdSkel, Vt

    prim = UsdGeom.Mesh.Define(stage, f"{_ROOT}/Body")
    prim.CreatePointsAttr(_vectors(mesh.verts))
    prim.CreateExtentAttr(_vectors(np.stack([mesh.verts.min(axis=0), mesh.verts.max(axis=0)])))
    prim.CreateFaceVertexCountsAttr(Vt.IntArray.FromNumpy(np.full(len(mesh.faces), 3, np.int32)))
    corners = np.ascontiguousarray(mesh.faces.ravel(), dtype=np.int32)
    prim.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(corners))
    prim.CreateNormalsAttr(_vectors(mesh.normals))
    prim.SetNormalsInterpolation(UsdGeom.Tokens.vertex)
    prim.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
    prim.CreateOrientationAttr(UsdGeom.Tokens.rightHanded)
    prim.CreateDoubleSidedAttr(any(material.double_sided for material, _ in mesh.subsets))
    api = UsdGeom.PrimvarsAPI(prim)
    uvs = api.CreatePrimvar("st", Sdf.ValueTypeNames.TexCoord2fArray, UsdGeom.Tokens.vertex)
    uvs.Set(Vt.Vec2fArray.FromNumpy(np.ascontiguousarray(mesh.uvs, dtype=np.float32)))
    binding = UsdSkel.BindingAPI.Apply(prim.GetPrim())
    binding.CreateSkeletonRel().SetTargets([f"{_ROOT}/Skeleton"])
    width = mesh.joints.shape[1]
    binding.CreateJointIndicesPrimvar(constant=False, elementSize=width).Set(
        Vt.IntArray.FromNumpy(np.ascontiguousarray(mesh.joints.ravel()))
    )
    binding.CreateJointWeightsPrimvar(constant=False, elementSize=width).Set(
        Vt.FloatArray.FromNumpy(np.ascontiguousarray(mesh.weights.ravel(), dtype=np.float32))
    )
    _add_shapes(stage, mesh, binding)
    UsdGeom.Scope.Define(stage, f"{_ROOT}/Materials")
    for number, (material, faces) in enumerate(mesh.subsets):
        name = f"{_identifier(material.name)}_{number}"
        surface = add_material(stage, f"{_ROOT}/Materials/{name}", material)
        subset = UsdGeom.Subset.CreateGeomSubset(
            prim, name, UsdGeom.Tokens.face, Vt.IntArray.FromNumpy(faces.astype(np.int32))
        )
        subset.CreateFamilyNameAttr(UsdShade.Tokens.materialBind)
        UsdShade.MaterialBindingAPI.Apply(subset.GetPrim()).Bind(surface)
    UsdShade.MaterialBindingAPI(prim.GetPrim()).SetMaterialBindSubsetsFamilyType("partition")


def _add_shapes(stage: Any, mesh: _Joined, binding: Any) -> None:  # noqa: ANN401
    from pxr import UsdSkel, Vt

    if not mesh.morphs:
        return
    targets: list[str] = []
    for name, offsets in mesh.morphs.items():
        path = f"{_ROOT}/Body/{_identifier(name)}"
        moving = np.flatnonzero(np.any(np.abs(offsets) >= _STILL_METRES, axis=1))
        shape = UsdSkel.BlendShape.Define(stage, path)
        shape.CreateOffsetsAttr(_vectors(offsets[moving]))
        shape.CreatePointIndicesAttr(Vt.IntArray.FromNumpy(moving.astype(np.int32)))
        targets.append(path)
    binding.CreateBlendShapesAttr([_identifier(name) for name in mesh.morphs])
    binding.CreateBlendShapeTargetsRel().SetTargets(targets)


def _add_clip(
    stage: Any,  # noqa: ANN401
    clip: Clip,
    skeleton: Skeleton,
    joints: Sequence[str],
    mesh: _Joined,
    *,
    first: bool,
) -> None:
    from pxr import Gf, UsdSkel, Vt

    path = f"{_ROOT}/Skeleton/{_identifier(clip.name)}"
    prim = UsdSkel.Animation.Define(stage, path)
    prim.CreateJointsAttr(list(joints))
    moves = np.tile(skeleton.offsets, (len(clip.rotations), 1, 1))
    moves[:, 0] = clip.root_positions
    moves[:, skeleton.index("hips")] = clip.hips_positions
    places, turns = prim.CreateTranslationsAttr(), prim.CreateRotationsAttr()
    prim.CreateScalesAttr(Vt.Vec3hArray([Gf.Vec3h(1, 1, 1)] * len(joints)))
    for frame, rotations in enumerate(clip.rotations):
        places.Set(_vectors(moves[frame]), frame)
        wxyz = [Gf.Quatf(*map(float, row)) for row in rotations]
        turns.Set(Vt.QuatfArray(wxyz), frame)
    shapes = [name for name in mesh.morphs if name in clip.face]
    if shapes:
        prim.CreateBlendShapesAttr([_identifier(name) for name in shapes])
        curves = np.stack([clip.face[name] for name in shapes], axis=1).astype(np.float32)
        weights = prim.CreateBlendShapeWeightsAttr()
        for frame, row in enumerate(curves):
            weights.Set(Vt.FloatArray.FromNumpy(np.ascontiguousarray(row)), frame)
    if first:
        stage.SetTimeCodesPerSecond(clip.fps)
        stage.SetFramesPerSecond(clip.fps)
        stage.SetStartTimeCode(0)
        stage.SetEndTimeCode(len(clip.rotations) - 1)
        skeleton_prim = stage.GetPrimAtPath(f"{_ROOT}/Skeleton")
        UsdSkel.BindingAPI(skeleton_prim).CreateAnimationSourceRel().SetTargets([path])
