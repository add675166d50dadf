# SPDX-License-Identifier: Apache-2.0
"""The foundry: parametric families of things, their finishes and the captions that fit them."""
