"""The only code that writes to a screen: tables, progress, the health display."""
