# SPDX-License-Identifier: Apache-2.0
"""How the project's own small models are made: pictures of things, and resumable trainings."""
