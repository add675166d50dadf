# SPDX-License-Identifier: Apache-2.0
"""Panoramas of places by path tracing."""
