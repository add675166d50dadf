# SPDX-License-Identifier: Apache-2.0
"""Model cards: what each model is, where it comes from, its hash and its licence."""
