# SPDX-License-Identifier: Apache-2.0
"""Fields: what a thing is made of before it is a mesh, how they are rendered, and where they start."""
