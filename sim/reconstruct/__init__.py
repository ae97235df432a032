"""The park table of 2015, drawn from what is published of all zones together."""
