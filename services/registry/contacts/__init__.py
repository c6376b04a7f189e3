"""Where people are reached and in which language; handed out to the service that delivers."""
