# SPDX-License-Identifier: Apache-2.0
"""The guided fit as a method of nerfstudio: ``ns-train gen3d-object --prompt "a blue vase"``.

Installed by ``pip install "gen3d[nerfstudio]"`` into an environment of its own, as nerfstudio pins
NumPy, protobuf and timm. ``ns-train``, ``ns-viewer``, ``ns-render camera-path`` and ``ns-export
pointcloud`` work; ``ns-export`` of meshes wants a data set's cameras or another field, so meshes
come from :mod:`gen3d.nerfstudio.mesh`. Nothing else in gen3d imports this package.
"""
