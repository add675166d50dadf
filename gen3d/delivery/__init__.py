# SPDX-License-Identifier: Apache-2.0
"""A finished character made to fit an engine: fewer triangles, fewer materials, smaller pictures."""
