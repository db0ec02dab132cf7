"""How text is cut into tokens: one final class per file."""
