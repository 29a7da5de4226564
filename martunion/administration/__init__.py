"""The administration as a whole: its site, its navigation and its dashboard. Pages stand in each app's admin."""
