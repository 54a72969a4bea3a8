"""The doors for patients: public pages, the private page, the join page. Thin: see `signup`."""
