"""Bundle files: what a saved model holds, read, checked and written without any framework."""
