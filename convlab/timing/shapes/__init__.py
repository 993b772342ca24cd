"""Shapes with a name, and how a shape is called in words."""
