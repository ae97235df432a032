"""Parameters held against what was known when the model begins, and the model against what came after."""
