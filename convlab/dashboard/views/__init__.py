"""One module per screen; each offers ``build(query)``, except Home, which is a page without a session."""
