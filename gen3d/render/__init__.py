# SPDX-License-Identifier: Apache-2.0
"""Pictures of characters: cameras, visibility, light, shading, and the preview files."""
