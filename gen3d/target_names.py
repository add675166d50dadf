# SPDX-License-Identifier: Apache-2.0
"""Names of the targets and of the formats that they take; light, for the help of the verbs."""

from __future__ import annotations

from typing import Literal

Format = Literal["fbx", "usdz", "vrm", "obj", "glb"]
TargetName = Literal["unity", "unreal", "godot", "vrchat", "roblox", "web"]
