# SPDX-License-Identifier: Apache-2.0
"""How well pictures fit the words, differentiably: CLIP terms, score distillation, and their mix.

:mod:`~gen3d.guidance.term` holds the interface that every term has; :mod:`~gen3d.guidance.clip`
scores pictures with the :mod:`~gen3d.guidance.towers` of any CLIP model, from the
:mod:`~gen3d.guidance.prompts` of the view and under :mod:`~gen3d.guidance.augment`.
"""
