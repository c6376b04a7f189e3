"""The employers that share this installation: city, regency, province, agency."""
