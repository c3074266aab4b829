"""What others would use, written as they would; it needs the packages of the extra `bench`."""
