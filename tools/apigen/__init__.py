"""Generates code from api/openapi.yaml: a model of the document, and emitters that print it."""
