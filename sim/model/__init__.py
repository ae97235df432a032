"""The model file: binding it to a park table and exporting it whole."""
