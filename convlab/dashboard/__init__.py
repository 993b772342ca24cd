"""The dashboard: one server, one page shell, one view per screen."""
