# SPDX-License-Identifier: Apache-2.0
"""From a sentence to named numbers: splitting, meaning, bodies, clothes, light."""
