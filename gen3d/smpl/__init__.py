# SPDX-License-Identifier: Apache-2.0
"""The SMPL family, with the user's own model files: into the default body and back out."""
