"""Small models with results derived by hand or by formula, from public documentation of the languages."""
