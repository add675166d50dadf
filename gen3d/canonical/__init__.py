# SPDX-License-Identifier: Apache-2.0
"""Avatars as fields: a dressed figure as a canonical distance, posed, guided, extracted."""
