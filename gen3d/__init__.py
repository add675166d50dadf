# SPDX-License-Identifier: Apache-2.0
"""One sentence in, a finished, engine-ready 3D character with motion and light out."""

__version__ = "0.1.0"
