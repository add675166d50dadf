# SPDX-License-Identifier: Apache-2.0
"""A metallic-roughness material as UsdPreviewSurface with its pictures beside the stage."""

# usd-core's classes come from compiled modules, of which a type checker sees nothing.
# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

from typing import Any

from gen3d.types import Material, Texture


def add_material(stage: Any, path: str, material: Material) -> Any:  # noqa: ANN401  # usd-core is untyped
    """Define the material; its pictures are ``textures/NAME.png``."""
    from pxr import Sdf, UsdShade

    types = Sdf.ValueTypeNames
    surface = UsdShade.Material.Define(stage, path)
    shader = UsdShade.Shader.Define(stage, f"{path}/Surface")
    shader.CreateIdAttr("UsdPreviewSurface")
    surface.CreateSurfaceOutput().ConnectToSource(shader.ConnectableAPI(), "surface")
    reader = UsdShade.Shader.Define(stage, f"{path}/UV")
    reader.CreateIdAttr("UsdPrimvarReader_float2")
    reader.CreateInput("varname", types.String).Set("st")

    def picture(name: str, texture: Texture, space: str) -> Any:  # noqa: ANN401
        node = UsdShade.Shader.Define(stage, f"{path}/{name}")
        node.CreateIdAttr("UsdUVTexture")
        node.CreateInput("file", types.Asset).Set(f"textures/{texture.name}.png")
        node.CreateInput("sourceColorSpace", types.Token).Set(space)
        for side in ("wrapS", "wrapT"):
            node.CreateInput(side, types.Token).Set("clamp")
        node.CreateInput("st", types.Float2).ConnectToSource(reader.ConnectableAPI(), "result")
        return node

    def link(name: str, kind: Any, node: Any, channel: str, output: Any) -> None:  # noqa: ANN401
        node.CreateOutput(channel, output)
        shader.CreateInput(name, kind).ConnectToSource(node.ConnectableAPI(), channel)

    red, green, blue, alpha = material.base_color
    cut_out = material.alpha_mode != "OPAQUE"
    if material.base_color_texture is not None:
        color = picture("Color", material.base_color_texture, "sRGB")
        color.CreateInput("scale", types.Float4).Set((red, green, blue, alpha))
        link("diffuseColor", types.Color3f, color, "rgb", types.Float3)
        if cut_out:
            link("opacity", types.Float, color, "a", types.Float)
    else:
        shader.CreateInput("diffuseColor", types.Color3f).Set((red, green, blue))
        shader.CreateInput("opacity", types.Float).Set(alpha if cut_out else 1.0)
    if material.alpha_mode == "MASK":
        shader.CreateInput("opacityThreshold", types.Float).Set(material.alpha_cutoff)
    if material.metallic_roughness_texture is not None:
        packed = picture("Finish", material.metallic_roughness_texture, "raw")
        packed.CreateInput("scale", types.Float4).Set(
            (1.0, material.roughness, material.metallic, 1.0)
        )
        link("roughness", types.Float, packed, "g", types.Float)
        link("metallic", types.Float, packed, "b", types.Float)
    else:
        shader.CreateInput("roughness", types.Float).Set(material.roughness)
        shader.CreateInput("metallic", types.Float).Set(material.metallic)
    if material.normal_texture is not None:
        normal = picture("Normal", material.normal_texture, "raw")
        normal.CreateInput("scale", types.Float4).Set((2.0, 2.0, 2.0, 1.0))
        normal.CreateInput("bias", types.Float4).Set((-1.0, -1.0, -1.0, 0.0))
        link("normal", types.Normal3f, normal, "rgb", types.Float3)
    if any(material.emissive):
        shader.CreateInput("emissiveColor", types.Color3f).Set(material.emissive)
    return surface
