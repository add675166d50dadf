# SPDX-License-Identifier: Apache-2.0
"""Landscapes and towns: a bird's-eye map of heights and classes, and what stands on it."""
