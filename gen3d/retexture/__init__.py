# SPDX-License-Identifier: Apache-2.0
"""New colours and surfaces for a rigged figure of the user's, by words; all else stays as it is."""
