# SPDX-License-Identifier: Apache-2.0
"""Motion programs: English to a script of actions, a script to a performance."""
