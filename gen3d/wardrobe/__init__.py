# SPDX-License-Identifier: Apache-2.0
"""Clothes, hair, headgear and surfaces for a body."""
