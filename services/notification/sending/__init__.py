"""From the queue to the channels: claims what is due, hands it over, writes down the result."""
