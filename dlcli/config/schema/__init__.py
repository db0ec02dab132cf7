"""What a config may hold: sections, their fields, and the values that these take."""
