"""A real browser for tests: Chromium over its debugging pipe, with nothing installed but Chromium itself."""
