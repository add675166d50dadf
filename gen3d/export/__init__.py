# SPDX-License-Identifier: Apache-2.0
"""Files that other programs open, and the strict reader that proves them."""
