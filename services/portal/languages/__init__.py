"""What the pages say, in Indonesian first and English second."""
