"""What is done to the world. Each scene takes it and its own sizes; `settle` follows by itself."""
