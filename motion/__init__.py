# SPDX-License-Identifier: Apache-2.0
"""What a character does: words to a clean, retargeted clip (:func:`motion.generate.generate`)."""
