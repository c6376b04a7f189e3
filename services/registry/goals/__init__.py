"""What the region wants to reach; results of plans may serve it."""
