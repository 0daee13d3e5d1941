"""Deposits: filing, receipts, filing again, withdrawing, and what the applicant is told of the result."""
