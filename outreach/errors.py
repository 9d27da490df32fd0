"""What can go wrong in the staff's work. Status codes are in salesapp/errors.py."""
