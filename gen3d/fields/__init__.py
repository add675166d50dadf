# SPDX-License-Identifier: Apache-2.0
"""Fields: what a thing is before it is a mesh, how fields are rendered, and where they start."""
