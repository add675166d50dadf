# SPDX-License-Identifier: Apache-2.0
"""Control over what words become: weights, what is not wanted, concepts mixed by body part."""
