# SPDX-License-Identifier: Apache-2.0
"""What sculpting and painting may and may not do, on a small dressed figure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.spatial import KDTree

from gen3d.assets import save_character
from gen3d.avatar import build_character
from gen3d.check import check_glb
from gen3d.export.gltf import write_glb
from gen3d.export.gltf_read import read_glb, to_character
from gen3d.figures.photo import Shot, cameras
from gen3d.guidance.fitting import Guide
from gen3d.guidance.term import Score, Sight
from gen3d.painting.bake import (
    HELD_SHIFT,
    VARIATION,
    Strengths,
    change_map,
    offsets_of,
    painted,
    strengths_of,
    variation,
)
from gen3d.painting.canvas import CELLS, Canvas, Paint, canvases_of
from gen3d.painting.easel import Easel, easel_of, joined
from gen3d.painting.fit import Guides, PaintPlan, fit_paint, seen_from
from gen3d.painting.relief import REACH, SUNK, Skinned
from gen3d.painting.studio import skinned_of
from gen3d.painting.volume import Volume
from gen3d.perception import ciede2000, to_cielab
from gen3d.prompt import describe
from gen3d.render.skinning import influence_matrix, pose_vertices
from gen3d.render.studio import default_light
from gen3d.render.textures import SRGB_TO_LINEAR
from gen3d.schedule import Schedule
from gen3d.types import Character
from gen3d.wardrobe.sketch import sketching
from motion.stances import FRAMES, stances

NAMED = frozenset({"t_shirt"})


@dataclass(frozen=True)
class Figure:
    character: Character
    body: Skinned
    canvases: tuple[Canvas, ...]
    easel: Easel
    named: np.ndarray
    """Linear colour that the words name."""

    def paint(self, fill: Callable[[torch.Tensor], torch.Tensor] | None = None) -> Paint:
        paint = Paint(self.character, self.canvases)
        if fill is not None:
            with torch.no_grad():
                for parameter in paint.parameters():
                    parameter.copy_(fill(parameter))
        return paint

    def numbers(self, slot: str) -> list[int]:
        parts = self.character.parts
        return [i for i, c in enumerate(self.canvases) if parts[c.parts[0]].slot == slot]


@pytest.fixture(scope="module")
def figure() -> Figure:
    spec = describe("a bald boy in a red t-shirt and shorts", 3).character
    with sketching():
        character = build_character(spec, "boy", 3)
    body = skinned_of(character, spec.body)
    canvases = canvases_of(character, NAMED, hair=False)
    library = stances(character.skeleton)
    assert library.shape == (len(FRAMES), len(character.skeleton.names), 3, 4)
    easel = easel_of(character, body, Paint(character, canvases), library)
    named = next(np.array(g.color) for g in spec.garments if g.kind == "t_shirt")
    return Figure(character, body, canvases, easel, named)


def noise(seed: int, size: float) -> Callable[[torch.Tensor], torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return lambda like: size * torch.randn(like.shape, generator=generator)


def test_a_volume_is_bounded_mirrored_and_silent_at_first() -> None:
    volume = Volume(torch.tensor([-1.0, 0.0, -0.2]), torch.tensor([0.9, 1.8, 0.2]), CELLS, 2)
    places = torch.rand(50, 3, generator=torch.Generator().manual_seed(1)) * 2.0 - 1.0
    assert float(volume(places).detach().abs().max()) == 0.0
    with torch.no_grad():
        for number, parameter in enumerate(volume.parameters()):
            parameter.copy_(noise(number, 50.0)(parameter))
    there, mirrored = volume(places), volume(places * torch.tensor([-1.0, 1.0, 1.0]))
    assert torch.equal(there, mirrored)
    assert 0.3 < float(there.detach().abs().max()) <= 1.0
    tone = volume(places, 0.0)
    assert torch.equal(tone, tone[:1].expand(50, -1)), "closed grids leave the tone alone"


def test_gradients_reach_every_map_and_the_relief(figure: Figure) -> None:
    paint = figure.paint(noise(2, 0.3))
    pose = figure.easel.poses[0]
    places = [Shot("full", 20.0), Shot("full", 200.0), Shot("face", 10.0)]
    views = joined(cameras(pose.posed, places, 96))
    weights = torch.rand(3, 96, 96, 3, generator=torch.Generator().manual_seed(3))

    def values() -> tuple[torch.Tensor, torch.Tensor]:
        shot = figure.easel.render(paint, pose, views, default_light(3))
        return (weights * shot.rgb).mean(), shot.alpha.mean()

    colours, cover = values()
    (swelling,) = torch.autograd.grad(cover, [paint.relief.tone], retain_graph=True)
    colours.backward()
    for number, volume in enumerate(paint.volumes):
        assert isinstance(volume, Volume)
        learned = [volume.tone.grad, *(grid.grad for grid in volume.grids)]
        flat = [g.reshape(5, -1) for g in learned if g is not None]
        reached = torch.cat(flat, dim=1).abs().amax(1)
        assert bool((reached > 0.0).all()), figure.canvases[number].material.name
    assert paint.relief.grids[1].grad is not None
    assert float(paint.relief.grids[1].grad.abs().max()) > 0.0
    shorts = paint.volumes[figure.numbers("shorts")[0]].tone
    assert isinstance(shorts, torch.nn.Parameter)
    assert shorts.grad is not None
    assert float(shorts.grad[0]) == pytest.approx(
        _slope(shorts, lambda: values()[0], 0.05), rel=0.05
    )
    assert float(swelling[0]) == pytest.approx(
        _slope(paint.relief.tone, lambda: values()[1], 0.4), rel=0.2
    )


def _slope(tone: torch.nn.Parameter, value: Callable[[], torch.Tensor], step: float) -> float:
    """By central differences."""
    ends: list[float] = []
    with torch.no_grad():
        start = float(tone[0])
        for way in (step, -step):
            tone[0] = start + way
            ends.append(float(value()))
        tone[0] = start
    return (ends[0] - ends[1]) / (2.0 * step)


def test_named_colours_hold_and_pictures_stay_calm_whatever_was_learned(figure: Figure) -> None:
    paint = figure.paint(noise(0, 20.0))
    strengths = strengths_of(figure.character, paint, figure.body)
    made = painted(figure.character, paint, strengths, figure.body)
    assert max(strengths.colours) > 0.0
    for number, canvas in enumerate(figure.canvases):
        part = canvas.parts[0]
        before, after = (
            c.parts[part].material.base_color_texture for c in (figure.character, made)
        )
        assert before is not None
        assert after is not None
        _, mask = change_map(figure.character, paint, number, before.pixels.shape)
        noisy = [variation(t.pixels[..., :3], mask) for t in (before, after)]
        assert noisy[1] < 1.5 * max(noisy[0], 0.006), canvas.material.name
        means = [
            to_cielab(SRGB_TO_LINEAR[t.pixels[..., :3][mask]].mean(axis=0)) for t in (before, after)
        ]
        if canvas.bounds.held:
            assert ciede2000(*means) < HELD_SHIFT + 1.0
        if figure.character.parts[part].slot == "t_shirt":
            assert ciede2000(means[1], to_cielab(figure.named)) < 25.0
    assert VARIATION < 1.5


def test_offsets_are_bounded_closed_at_seams_and_leave_hands_feet_and_eyes(figure: Figure) -> None:
    paint = figure.paint(lambda like: torch.full_like(like, 30.0))
    for part in figure.character.parts:
        offsets = offsets_of(paint, figure.body, part.mesh.verts)
        assert float(np.linalg.norm(offsets, axis=1).max()) <= REACH * 1.0001
        _, place = np.unique(part.mesh.verts, axis=0, return_inverse=True)
        spread = np.full((int(place.max()) + 1, 3), -np.inf)
        np.maximum.at(spread, place.reshape(-1), offsets)
        assert np.array_equal(spread[place.reshape(-1)], offsets), "one place, one offset"
        if part.slot == "eye":
            assert not np.any(offsets)
    skeleton = figure.character.skeleton
    tips = [skeleton.index(n) for n in ("leftIndexDistal", "rightHand", "leftToes")]
    assert not np.any(offsets_of(paint, figure.body, skeleton.positions[tips]))


def test_clothes_stay_outside_in_motion(figure: Figure) -> None:
    paint = figure.paint(noise(4, 3.0))
    strengths = strengths_of(figure.character, paint, figure.body)
    assert strengths.relief > 0.0
    made = painted(figure.character, paint, strengths, figure.body)
    moved = [
        float(np.abs(a.mesh.verts - b.mesh.verts).max())
        for a, b in zip(figure.character.parts, made.parts, strict=True)
    ]
    assert max(moved) > 0.001
    _assert_layers_move_alike(figure, paint, strengths)
    for matrices in stances(figure.character.skeleton)[::3]:
        (skin, across, cloth), after = (_posed(c, matrices) for c in (figure.character, made))
        distance, nearest = KDTree(skin).query(cloth)
        before = np.einsum("vc,vc->v", cloth - skin[nearest], across[nearest])
        gap = np.einsum("vc,vc->v", after[2] - after[0][nearest], after[1][nearest])
        lost = (before - gap)[distance < 0.015]
        assert len(lost) > 1000
        assert float(lost.max()) < 2.0 * SUNK


def _assert_layers_move_alike(figure: Figure, paint: Paint, strengths: Strengths) -> None:
    """Where one garment lies on another, neither comes nearer to the other."""
    shirt, shorts = (
        next(p.mesh for p in figure.character.parts if p.name == name)
        for name in ("TShirt", "Shorts")
    )
    distance, index = KDTree(shorts.verts).query(shirt.verts)
    over, nearest = np.asarray(distance) < 0.01, np.asarray(index)
    assert int(over.sum()) > 50
    above, below = (
        offsets_of(paint, figure.body, verts, strengths.relief)
        for verts in (shirt.verts[over], shorts.verts[nearest[over]])
    )
    lost = np.einsum("vc,vc->v", below - above, shorts.normals[nearest[over]])
    assert float(lost.max()) < 2.0 * SUNK


def _posed(character: Character, matrices: np.ndarray) -> tuple[np.ndarray, ...]:
    """Skin, its normals, and the shirt over it, posed."""
    count = len(character.skeleton.names)
    (skin, across), (cloth, _) = (
        pose_vertices(
            influence_matrix(part.skin, count), matrices, part.mesh.verts, part.mesh.normals
        )
        for name in ("Skin", "TShirt")
        for part in character.parts
        if part.name == name
    )
    return skin, across, cloth


def test_nothing_learned_is_the_same_figure(figure: Figure, tmp_path: Path) -> None:
    paint = figure.paint()
    strengths = Strengths((1.0,) * len(figure.canvases), 1.0)
    made = painted(figure.character, paint, strengths, figure.body)
    for before, after in zip(figure.character.parts, made.parts, strict=True):
        assert np.array_equal(before.mesh.verts, after.mesh.verts)
        assert np.array_equal(before.mesh.normals, after.mesh.normals)
        old, new = before.material, after.material
        assert old.base_color_texture is not None
        assert new.base_color_texture is not None
        assert np.array_equal(old.base_color_texture.pixels, new.base_color_texture.pixels)
    save_character(replace(made, parts=figure.character.parts), tmp_path / "a")
    save_character(figure.character, tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def redder() -> Guides:
    def term(sight: Sight, progress: float, generator: torch.Generator) -> Score:
        del progress, generator
        return Score(8.0 * (sight.pictures[:, 1:].mean() - sight.pictures[:, 0].mean()))

    guide = Guide(term, Schedule.parse(1.0), ("shaded", "normal"))
    return Guides((guide,), (guide,))


def test_it_follows_its_guides_stops_and_goes_on_to_the_same(
    figure: Figure, tmp_path: Path
) -> None:
    plan = PaintPlan(4, views=1, size_px=Schedule.parse(48.0), learning_rate=1.0)
    whole, stopped = figure.paint(), figure.paint()
    fit_paint(whole, figure.easel, redder(), plan, 7, tmp_path / "whole")

    def stop(step: int, total: int) -> None:
        if step == total // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit_paint(stopped, figure.easel, redder(), plan, 7, tmp_path / "stopped", stop)
    again = figure.paint()
    fit_paint(again, figure.easel, redder(), plan, 7, tmp_path / "stopped")
    for one, other in zip(whole.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, other)
    strengths = strengths_of(figure.character, whole, figure.body)
    made = painted(figure.character, whole, strengths, figure.body)
    shorts = figure.canvases[figure.numbers("shorts")[0]].parts[0]
    pixels = [c.parts[shorts].material.base_color_texture for c in (figure.character, made)]
    assert pixels[0] is not None
    assert pixels[1] is not None
    shift = (pixels[1].pixels.astype(float) - pixels[0].pixels).mean(axis=(0, 1))
    assert shift[0] - shift[1] > 3.0
    _assert_same_rig(figure.character, made, tmp_path)


def _assert_same_rig(character: Character, made: Character, folder: Path) -> None:
    """The file is valid, and only pictures, positions and normals differ."""
    write_glb(made, folder / "made.glb", naming="vrm", extras={})
    assert check_glb(folder / "made.glb").ok
    read = to_character(read_glb(folder / "made.glb"))
    assert read.skeleton.names == character.skeleton.names
    assert np.allclose(read.skeleton.positions, character.skeleton.positions, atol=1e-5)
    for before, after in zip(character.parts, made.parts, strict=True):
        assert before.mesh.faces is after.mesh.faces
        assert before.mesh.uvs is after.mesh.uvs
        assert before.skin is after.skin
        assert before.morphs is after.morphs
        lengths = np.linalg.norm(after.mesh.normals, axis=1)
        assert float(np.abs(lengths - 1.0).max()) < 1e-4


def test_cameras_see_all_round_and_near_ones_the_face(figure: Figure) -> None:
    generator = torch.Generator().manual_seed(0)
    pose = figure.easel.poses[0]
    whole = seen_from(pose, 4, 32, generator, faces=None)
    azimuths = torch.sort(whole.azimuth_deg % 360.0).values
    gaps = torch.diff(torch.cat([azimuths, azimuths[:1] + 360.0]))
    assert float(gaps.max()) <= 180.0
    near = seen_from(pose, 4, 32, generator, faces=0.6)
    assert float(near.azimuth_deg[:3].abs().max()) <= 75.0
    head = torch.from_numpy(pose.posed.head)
    assert float((near.eyes - head).norm(dim=1).max()) < float(
        (whole.eyes - head).norm(dim=1).min()
    )
