# SPDX-License-Identifier: Apache-2.0
"""How well pictures fit the words, differentiably: CLIP terms, score distillation, and their mix.

:mod:`gen3d.guidance.term` holds the interface that every term has.
"""
