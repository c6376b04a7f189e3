"""What a process tells about itself: logs, metrics, trace context, health."""
