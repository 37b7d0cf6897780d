"""The console: pages of the desk for people with a browser."""
