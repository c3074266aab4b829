"""What goes into a model: series, windows over them, encodings of text. Imports no framework."""
