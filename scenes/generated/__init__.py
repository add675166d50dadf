# SPDX-License-Identifier: Apache-2.0
"""Panoramas made by diffusion models, and the small one that the project trains itself."""
