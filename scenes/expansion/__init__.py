# SPDX-License-Identifier: Apache-2.0
"""From a picture with eight bits to light: inverse tone mapping of panoramas, and its training."""
