# The pictures of the pages in README.md.
#
#   make screenshots          draws docs/playground.webp and docs/system.webp again

screenshots: all
	$(Q)/usr/bin/python3 tests/browser/screenshots.py
.PHONY: screenshots
