"""Models with known results: does the compiled engine give them?"""
