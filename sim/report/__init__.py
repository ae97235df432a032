"""Tables, figures and the terminal: everything that a person looks at."""
