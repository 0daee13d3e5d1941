"""What is written about a dossier: messages, requests for complements, letters."""
