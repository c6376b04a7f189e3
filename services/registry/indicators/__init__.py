"""What is measured, of whom, and which values are as expected."""
