# SPDX-License-Identifier: Apache-2.0
"""Rooms: walls, windows, lamps and furniture around the character."""
