# SPDX-License-Identifier: Apache-2.0
"""Environments: a place and a time of day as light from everywhere, in absolute units."""
