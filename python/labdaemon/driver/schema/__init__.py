"""Schemas of types and functions, and the check of JSON against them."""
