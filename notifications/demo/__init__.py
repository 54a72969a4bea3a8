"""What `manage.py demo` shows a newcomer. Every name, address and telephone number is invented."""
