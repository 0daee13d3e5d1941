"""The table of rights against the application: every route, method, role and period, and the page of officials."""
