# SPDX-License-Identifier: Apache-2.0
"""Dressed bodies as pictures and words: what the towers of avatars learn from and look at."""
