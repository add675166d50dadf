# SPDX-License-Identifier: Apache-2.0
"""A dressed figure sculpted and painted on under guidance: its maps and offsets, never its rig."""
