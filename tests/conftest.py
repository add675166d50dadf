# SPDX-License-Identifier: Apache-2.0
"""What every test may ask for."""

from __future__ import annotations
