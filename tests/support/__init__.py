"""Whole-system tests' helpers: a server as a process, and clients that speak only HTTP to it."""
