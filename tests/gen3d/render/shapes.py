# SPDX-License-Identifier: Apache-2.0
"""Small figures with a known answer: spheres on a two-joint skeleton, skies with a closed form."""

from __future__ import annotations

import numpy as np

from gen3d.panorama import direction_of, pixel_directions
from gen3d.skeleton import JOINTS, PARENTS
from gen3d.types import Character, Clip, Environment, Material, Mesh, Part, Skeleton, Skin


def sphere(radius: float, centre: tuple[float, float, float], rows: int = 32) -> Mesh:
    """A latitude-longitude sphere, outside counter-clockwise."""
    u, v = np.meshgrid(np.linspace(0, 1, 2 * rows + 1), np.linspace(0, 1, rows + 1))
    normals = direction_of(u.ravel(), v.ravel()).astype(np.float32)
    index = np.arange(u.size).reshape(u.shape)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]
    quads = np.stack([a, b, c, d], axis=-1).reshape(-1, 4)
    faces = np.concatenate([quads[:, [0, 2, 1]], quads[:, [0, 3, 2]]])
    corners = normals[faces]
    flat = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    outward = np.sum(flat * corners.mean(axis=1), axis=1)
    faces = np.where(outward[:, None] > 0, faces, faces[:, ::-1])
    verts = normals * np.float32(radius) + np.asarray(centre, np.float32)
    uvs = np.stack([u.ravel(), v.ravel()], axis=1).astype(np.float32)
    solid = np.linalg.norm(flat, axis=1) > 1e-9
    return Mesh(verts.astype(np.float32), faces[solid].astype(np.int32), normals, uvs)


def bound_to(joint: int, count: int) -> Skin:
    """Every vertex follows one joint."""
    joints = np.zeros((count, 4), np.uint16)
    joints[:, 0] = joint
    weights = np.zeros((count, 4), np.float32)
    weights[:, 0] = 1.0
    return Skin(joints, weights)


def part(mesh: Mesh, slot: str, material: Material | None = None, joint: int = 1) -> Part:
    """A part bound to one joint."""
    return Part(
        slot, slot, slot, mesh, bound_to(joint, len(mesh.verts)), material or Material(slot)
    )


def skeleton() -> Skeleton:
    """The house joints, hips at one metre, everything else half a metre above them."""
    positions = np.tile(np.array([0.0, 1.5, 0.0], np.float32), (len(JOINTS), 1))
    positions[0], positions[1] = 0.0, (0.0, 1.0, 0.0)
    return Skeleton(JOINTS, PARENTS, positions)


def still(frames: int = 2) -> Clip:
    """A clip that keeps the rest pose."""
    rotations = np.zeros((frames, len(JOINTS), 4), np.float32)
    rotations[..., 0] = 1.0
    hips = np.tile(np.array([0.0, 1.0, 0.0], np.float32), (frames, 1))
    return Clip("still", 30.0, rotations, np.zeros((frames, 3), np.float32), hips)


def character(*parts: Part, clips: tuple[Clip, ...] = ()) -> Character:
    """A figure of these parts."""
    return Character("figure", skeleton(), parts, clips, 1.7)


def furnace(radiance: float, rows: int = 32) -> Environment:
    """The same radiance from everywhere and no sun."""
    sky = np.full((rows, 2 * rows, 3), radiance, np.float32)
    up = np.array([0.0, 1.0, 0.0], np.float32)
    return Environment(sky, sky, up, np.zeros(3, np.float32))


def sunny(direction: tuple[float, float, float], lux: float = 1e5, rows: int = 32) -> Environment:
    """A dim blue sky over grey ground, and a sun."""
    up = pixel_directions(rows)[..., 1:2] > 0
    sky = np.where(up, np.array([900.0, 1300.0, 2000.0]), 1500.0).astype(np.float32)
    towards = np.asarray(direction, np.float32)
    towards = towards / np.linalg.norm(towards)
    return Environment(sky, sky, towards.astype(np.float32), np.full(3, lux, np.float32))
