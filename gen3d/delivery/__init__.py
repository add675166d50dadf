# SPDX-License-Identifier: Apache-2.0
"""A finished character made to fit an engine: triangles, materials, pictures, file formats."""
