"""Proofs of the contact promise that need races, faults and time: see README.md beside this file."""
