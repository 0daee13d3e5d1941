"""The applicant at work: drafts, tables, pieces, people of a dossier, what is missing."""
