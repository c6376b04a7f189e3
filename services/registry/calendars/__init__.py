"""Working calendars: the hours of a week, and the days that differ, of a tenant or a part of it."""
