# SPDX-License-Identifier: Apache-2.0
"""VRM 1.0: a GLB with the extension ``VRMC_vrm`` (specification: VRM Consortium, VRMC_vrm-1.0).

Our skeleton is VRM's humanoid already: identity rest rotations, T-pose, +Z, soles on the ground.
Expressions are sums of ARKit face shapes: the presets, and each shape by its own name. Eyes are
turned by their bones. Materials stay metallic-roughness. Capes and long hair get bones that swing
(:mod:`gen3d.export.springs`), by the extension ``VRMC_springBone``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from gen3d.errors import Gen3dError
from gen3d.export import schema
from gen3d.export.container import pack, unpack
from gen3d.export.document import mapping_of
from gen3d.export.gltf import glb_bytes
from gen3d.export.springs import Swinging
from gen3d.export.vrm_springs import SPRINGS, spring_extension
from gen3d.skeleton import JOINTS, REQUIRED
from gen3d.types import Skeleton

EXTENSION = "VRMC_vrm"
LICENCE_URL = "https://vrm.dev/licenses/1.0/"
Avatar = Literal["onlyAuthor", "onlySeparatelyLicensedPerson", "everyone"]
Commercial = Literal["personalNonProfit", "personalProfit", "corporation"]
Modification = Literal["prohibited", "allowModification", "allowModificationRedistribution"]

_BOTH = ("Left", "Right")
PRESETS: dict[str, dict[str, float]] = {
    "happy": {"mouthSmile": 0.9, "cheekSquint": 0.6, "eyeSquint": 0.3},
    "angry": {"browDown": 1.0, "noseSneer": 0.5, "mouthFrown": 0.4, "mouthPress": 0.5},
    "sad": {"browInnerUp": 1.0, "mouthFrown": 0.8, "mouthShrugLower": 0.3, "eyeLookDown": 0.2},
    "relaxed": {"mouthSmile": 0.35, "eyeBlink": 0.25, "browOuterUp": 0.1},
    "surprised": {"browInnerUp": 0.8, "browOuterUp": 0.9, "eyeWide": 0.9, "jawOpen": 0.4},
    "aa": {"jawOpen": 0.65, "mouthLowerDown": 0.2},
    "ih": {"jawOpen": 0.2, "mouthStretch": 0.6, "mouthSmile": 0.2},
    "ou": {"jawOpen": 0.15, "mouthPucker": 0.9, "mouthFunnel": 0.2},
    "ee": {"jawOpen": 0.12, "mouthSmile": 0.5, "mouthStretch": 0.4},
    "oh": {"jawOpen": 0.4, "mouthFunnel": 0.9},
    "blink": {"eyeBlink": 1.0},
    "blinkLeft": {"eyeBlinkLeft": 1.0},
    "blinkRight": {"eyeBlinkRight": 1.0},
    "neutral": {},
}
"""VRM's presets as sums of face shapes; a name without a side means both."""
_EMOTIONS = {"happy", "angry", "sad", "relaxed", "surprised"}


@dataclass(frozen=True)
class VrmMeta:
    """What the file says about its author and what others may do with it."""

    name: str
    authors: tuple[str, ...]
    avatar: Avatar = "onlyAuthor"
    commercial: Commercial = "personalNonProfit"
    modification: Modification = "prohibited"
    redistribution: bool = False
    references: tuple[str, ...] = ()


def vrm_bytes(worn: Swinging, meta: VrmMeta, extras: Mapping[str, object] | None = None) -> bytes:
    """The bytes of a ``.vrm`` file; clips are left out, since VRM has no place for them.

    Raises:
        Gen3dError: A required bone is absent, or no author is named.
    """
    character = worn.character
    names = character.skeleton.names
    missing = [bone for bone in REQUIRED if bone not in names]
    if missing:
        raise Gen3dError(
            f"VRM needs the bones {', '.join(missing)}, which the figure has not.",
            "Leave vrm out of --to.",
        )
    if not meta.authors or not all(author.strip() for author in meta.authors):
        raise Gen3dError("A VRM file must name an author.", "Give --author NAME.")
    still = replace(character, clips=())
    text, binary = unpack(glb_bytes(still, naming="vrm", extras=extras), "figure.vrm")
    gltf = schema.Gltf.model_validate_json(text)
    extension = {
        "specVersion": "1.0",
        "meta": _meta(meta),
        "humanoid": {"humanBones": _bones(gltf)},
        "firstPerson": {"meshAnnotations": _annotations(gltf)},
        "expressions": _expressions(gltf),
        **_look_at(character.skeleton),
    }
    nodes = {node.name: index for index, node in enumerate(gltf.nodes or ()) if node.name}
    swings = {SPRINGS: spring_extension(worn, nodes)} if worn.chains else {}
    extensions = {EXTENSION: extension, **swings}
    used = tuple(sorted({*(gltf.extensions_used or ()), *extensions}))
    whole = gltf.model_copy(update={"extensions": extensions, "extensions_used": used})
    return pack(whole.model_dump_json(by_alias=True, exclude_none=True).encode(), binary)


def _meta(meta: VrmMeta) -> dict[str, object]:
    return {
        "name": meta.name,
        "authors": list(meta.authors),
        "licenseUrl": LICENCE_URL,
        "avatarPermission": meta.avatar,
        "commercialUsage": meta.commercial,
        "modification": meta.modification,
        "allowRedistribution": meta.redistribution,
        "creditNotation": "required",
        "allowExcessivelyViolentUsage": False,
        "allowExcessivelySexualUsage": False,
        "allowPoliticalOrReligiousUsage": False,
        "allowAntisocialOrHateUsage": False,
        **({"references": list(meta.references)} if meta.references else {}),
    }


def _bones(gltf: schema.Gltf) -> dict[str, dict[str, int]]:
    at = {node.name: index for index, node in enumerate(gltf.nodes or ())}
    return {name: {"node": at[name]} for name in JOINTS if name in at and name != "root"}


def _annotations(gltf: schema.Gltf) -> list[dict[str, object]]:
    """``auto``: the viewer cuts what hangs on the head out of the wearer's own view."""
    nodes = [index for index, node in enumerate(gltf.nodes or ()) if node.mesh is not None]
    return [{"node": node, "type": "auto"} for node in nodes]


def _expressions(gltf: schema.Gltf) -> dict[str, object]:
    targets = _targets(gltf)
    shapes = sorted({shape for names in targets.values() for shape in names})
    preset = {
        name: {"isBinary": False, **_overrides(name), **_binds(_both_sides(weights), targets)}
        for name, weights in PRESETS.items()
    }
    custom = {shape: {"isBinary": False, **_binds({shape: 1.0}, targets)} for shape in shapes}
    return {"preset": preset, "custom": custom}


def _overrides(name: str) -> dict[str, str]:
    """An emotion dampens blinking, so that lids do not close twice."""
    return {"overrideBlink": "blend"} if name in _EMOTIONS else {}


def _targets(gltf: schema.Gltf) -> dict[int, list[str]]:
    """Names of the morph targets of each mesh node."""
    found: dict[int, list[str]] = {}
    for index, node in enumerate(gltf.nodes or ()):
        if node.mesh is not None:
            names = mapping_of((gltf.meshes or ())[node.mesh].extras).get("targetNames")
            if isinstance(names, list):
                found[index] = [str(name) for name in names]
    return found


def _both_sides(weights: Mapping[str, float]) -> dict[str, float]:
    sided = ("eye", "brow", "cheekSquint", "noseSneer")
    paired = {"mouthSmile", "mouthFrown", "mouthPress", "mouthStretch", "mouthLowerDown"}
    spread: dict[str, float] = {}
    for name, weight in weights.items():
        pair = name in paired or (name.startswith(sided) and name != "browInnerUp")
        single = name.endswith(_BOTH) or not pair
        spread |= {name: weight} if single else {f"{name}{side}": weight for side in _BOTH}
    return spread


def _binds(
    weights: Mapping[str, float], targets: Mapping[int, Sequence[str]]
) -> dict[str, list[dict[str, float | int]]]:
    binds: list[dict[str, float | int]] = [
        {"node": node, "index": names.index(shape), "weight": weight}
        for shape, weight in weights.items()
        for node, names in targets.items()
        if shape in names
    ]
    return {"morphTargetBinds": binds} if binds else {}


def _look_at(skeleton: Skeleton) -> dict[str, object]:
    """Eyes turn by their bones, as far as people's do."""
    if not {"head", "leftEye", "rightEye"} <= set(skeleton.names):
        return {}
    at = {
        name: skeleton.positions[skeleton.index(name)] for name in ("head", "leftEye", "rightEye")
    }
    middle = (at["leftEye"] + at["rightEye"]) / 2.0 - at["head"]
    ranges = {"HorizontalInner": 8.0, "HorizontalOuter": 12.0, "VerticalDown": 10.0}
    maps = {
        f"rangeMap{name}": {"inputMaxValue": 90.0, "outputScale": scale}
        for name, scale in {**ranges, "VerticalUp": 10.0}.items()
    }
    offset = [round(float(number), 6) for number in middle]
    return {"lookAt": {"type": "bone", "offsetFromHeadBone": offset, **maps}}
