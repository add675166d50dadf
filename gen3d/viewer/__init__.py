# SPDX-License-Identifier: Apache-2.0
"""A page in the browser that shows what a run made: its data, its server, and the page itself."""
